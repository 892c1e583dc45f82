"""Where the keys of a TOML file stand: path → line. tomllib knows no lines, so this reads the text once more; it is called
only with text that tomllib has accepted, and so needs to understand TOML (https://toml.io/en/v1.0.0), not to refuse it."""

import re

Path = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_LONG_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}(?!")', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''.*?'{3,5}(?!')", re.DOTALL)
_PLAIN = re.compile(r"[^,\]}\n#]+")


def lines(text: str) -> dict[Path, int]:
    """The line (from 1) of every key, list item and table. What it cannot follow is left out."""
    reader = _Reader(text)
    reader.file()
    return reader.found


def line_of(found: dict[Path, int], at: Path) -> int:
    """The line of a path, else of what it stands in (a key that is missing); 1 for the file itself."""
    while at and at not in found:
        at = at[:-1]
    return found.get(at, 1)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        self._line, self._counted = 1, 0

    def file(self) -> None:
        table: Path = ()
        while self._skip(_SPACE) and self.at < len(self.text):
            before = self.at
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)
            if self.at == before:
                return

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match is not None

    def _mark(self, path: Path) -> None:
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        self.found.setdefault(path, self._line)

    def _header(self) -> Path:
        many = self.text.startswith("[[", self.at)
        start = self.at
        self.at += 2 if many else 1
        keys = self._key()
        end, self.at = self.at, start
        path: Path = ()
        for number, key in enumerate(keys):
            path = (*path, key)
            if many and number == len(keys) - 1:
                self._counts[path] = self._counts.get(path, -1) + 1
                self._mark(path)
            if path in self._counts:
                path = (*path, self._counts[path])
        self._mark(path)
        for depth in range(1, len(path)):
            self._mark(path[:depth])
        self.at = end
        self._skip(_BLANK)
        self.at += 2 if many else 1
        return path

    def _key(self) -> list[str]:
        keys: list[str] = []
        while True:
            self._skip(_BLANK)
            match = next((m for p in (_BARE, _BASIC, _LITERAL) if (m := p.match(self.text, self.at))), None)
            if match is None:
                return keys
            keys.append(match.group().strip("\"'"))
            self.at = match.end()
            self._skip(_BLANK)
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1

    def _pair(self, table: Path) -> None:
        path = table
        start = self.at
        keys = self._key()
        end, self.at = self.at, start
        for key in keys:
            path = (*path, key)
            self._mark(path)
        self.at = end
        self._skip(_BLANK)
        if self.text.startswith("=", self.at):
            self.at += 1
            self._skip(_BLANK)
            self._value(path)

    def _value(self, path: Path) -> None:
        opening = self.text[self.at : self.at + 1]
        if opening == "[":
            self._list(path)
        elif opening == "{":
            self._inline(path)
        else:
            any(self._skip(one) for one in (_LONG_BASIC, _LONG_LITERAL, _BASIC, _LITERAL, _PLAIN))

    def _list(self, path: Path) -> None:
        self.at += 1
        number = 0
        while self._skip(_SPACE) and self.at < len(self.text) and self.text[self.at] != "]":
            before = self.at
            self._mark((*path, number))
            self._value((*path, number))
            self._skip(_SPACE)
            if self.text.startswith(",", self.at):
                self.at += 1
            number += 1
            if self.at == before:
                return
        self.at += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        while self._skip(_SPACE) and self.at < len(self.text) and self.text[self.at] != "}":
            before = self.at
            self._pair(path)
            self._skip(_SPACE)
            if self.text.startswith(",", self.at):
                self.at += 1
            if self.at == before:
                return
        self.at += 1
