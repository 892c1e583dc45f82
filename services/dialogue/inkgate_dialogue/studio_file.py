"""Reads the studio file and its copy, validated as a whole: every problem at once, with file and line. The core gets values
only."""

import hashlib
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from inkgate_dialogue import toml_lines
from inkgate_dialogue.domain import copy_checks, language, studio_checks, studio_shape, templates
from inkgate_dialogue.domain.copy import Copy, CopyError
from inkgate_dialogue.domain.problem import Problem
from inkgate_dialogue.domain.studio import Artist, File, Studio, StudioError

HERE = Path(__file__).parent / "studio"
# Sections of words and phrases: what a studio says in them lies over those that come with Inkgate, key by key; an empty list
# takes a key's words away.
VOCABULARIES = ("speakers", "artist_words", "asides", "handover", "corrections")
_DEFAULT = HERE / "default.toml"


class Files(msgspec.Struct, frozen=True):
    """The files of a studio as they were read at one moment: where they stand and what they say. `digest` names that."""

    studio: Path
    texts: dict[Path, str]

    @property
    def digest(self) -> str:
        whole = hashlib.sha256()
        for path, text in sorted(self.texts.items()):
            whole.update(f"{path.name}\0{text}\0".encode(errors="surrogatepass"))
        return whole.hexdigest()[:16]


def files(path: Path | None) -> Files:
    """The studio file at `path` (or `studio.toml` in that folder; None: the one that comes with Inkgate), with every copy
    file beside it and those that come with Inkgate. Raises StudioError where one cannot be read."""
    studio = path or _DEFAULT
    if studio.is_dir():
        studio = studio / "studio.toml"
    copies = {*studio.parent.glob("copy.*.toml"), *HERE.glob("copy.*.toml")}
    return Files(studio, {file: _text(file) for file in (studio, *sorted(copies))})


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise StudioError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise StudioError(f"{file}: is not UTF-8 text") from None


def read(path: Path | None, artist_numbers: Sequence[str] = ()) -> Studio:
    """The studio from a file or folder, with further artists by their numbers. Raises StudioError with all problems."""
    return load(files(path), artist_numbers)


def load(found: Files, artist_numbers: Sequence[str] = ()) -> Studio:
    """The studio of files that were read. Raises StudioError with everything that is wrong with any of them."""
    wrong: list[str] = []
    raw = _parsed(found, found.studio, wrong)
    if raw is None:
        raise StudioError(*wrong)
    parsed, problems = _file(raw)
    wrong += _located(found, found.studio, problems)
    at = {problem.at for problem in problems}
    # A language or question that is no such thing is said once, not once more for each of its texts.
    checked = [
        code
        for number, code in enumerate((parsed.language, *parsed.languages))
        if not {("language",) if number == 0 else ("languages", number - 1), ("languages",)} & at
    ]
    asked = [key for number, key in enumerate(parsed.questions) if not {("questions", number), ("questions",)} & at]
    copies = {
        code: _copy(found, msgspec.structs.replace(parsed, questions=asked), code, wrong)
        for code in dict.fromkeys(checked)
    }
    spoken = {key: copy for key, copy in copies.items() if copy is not None}
    for key in spoken:
        wrong += _located(found, _copy_file(found, key), language.shared(spoken, key))
    own = copies.get(parsed.language)
    if wrong or own is None:
        raise StudioError(*wrong)
    known = {artist.number for artist in parsed.artist}
    more = [Artist(number=number, name="Artist") for number in artist_numbers if number not in known]
    whole = msgspec.structs.replace(parsed, artist=[*parsed.artist, *more])
    return Studio(file=whole, copy=own, copies=spoken)


def _parsed(found: Files, file: Path, wrong: list[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads(found.texts[file])
    except tomllib.TOMLDecodeError as error:  # it says the line itself
        wrong.append(f"{file}: is not TOML: {error}")
        return None


def _file(raw: dict[str, Any]) -> tuple[File, list[Problem]]:
    """The file as values, and what is wrong with it. A section whose shape is wrong is left as it comes with Inkgate, so
    that the others can be checked all the same."""
    base: dict[str, Any] = tomllib.loads(_DEFAULT.read_text(encoding="utf-8"))
    raw = _filled(raw, base)
    problems = list(studio_shape.shape(raw, File))
    broken = {problem.at[0] for problem in problems}
    sound = {key: value for key, value in raw.items() if key not in broken}
    parsed = msgspec.convert({**base, **sound} if broken else sound, File)
    return parsed, problems + [problem for problem in studio_checks.check(parsed) if problem.at[0] not in broken]


def _filled(raw: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """What a studio leaves out is as it comes with Inkgate: whole sections, and keys of a section that it begins. Its name
    is its own; what may be left out anyway (artists, a tour, templates) stays out, but for the vocabularies."""
    whole = dict(raw)
    for field in msgspec.structs.fields(File):
        key, kind, given = field.encode_name, field.type, raw.get(field.encode_name)
        if not field.required or key == "name":
            continue
        if key not in raw:
            whole[key] = base[key]
        elif isinstance(given, dict) and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            needed = {inner.encode_name for inner in msgspec.structs.fields(kind) if inner.required}
            whole[key] = {**{inner: base[key][inner] for inner in needed if inner in base[key]}, **given}
    for key in VOCABULARIES:
        given = raw.get(key, {})
        if isinstance(given, dict):
            whole[key] = {**base[key], **given}
    return whole


def _copy_file(found: Files, code: str) -> Path:
    """The studio's own copy file of a language, else the one that comes with Inkgate."""
    own = found.studio.parent / f"copy.{code}.toml"
    return own if own in found.texts else HERE / own.name


def _copy(found: Files, parsed: File, code: str, wrong: list[str]) -> Copy | None:
    """The texts of one language: the studio's own file, over the one that comes with Inkgate where there is one."""
    file = _copy_file(found, code)
    raws = []
    for one in dict.fromkeys((HERE / file.name, file)):
        if one in found.texts:
            raw = _parsed(found, one, wrong)
            if raw is None:
                return None
            raws.append(raw)
    if not raws:
        own = found.studio.parent / file.name
        wrong.append(f"{own}: is missing: the texts in '{code}'; copy {HERE / 'copy.en.toml'} and translate it")
        return None
    try:
        copy = copy_checks.checked(_over(raws), parsed.steps, parsed.name, str(file))
    except CopyError as error:
        wrong += _located(found, file, error.problems)
        return None
    wrong += _located(found, file, templates.check_texts(parsed, copy, code))
    return copy


def _over(raws: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The tables of the last file over those of the first, key by key."""
    whole: dict[str, Any] = {}
    for raw in raws:
        for table, keys in raw.items():
            below = whole.get(table)
            whole[table] = {**below, **keys} if isinstance(below, dict) and isinstance(keys, dict) else keys
    return whole


def _located(found: Files, file: Path, problems: Iterable[Problem]) -> list[str]:
    """`file:line: key what is wrong`."""
    places = toml_lines.lines(found.texts[file])
    located = sorted(((toml_lines.line_of(places, problem.at), problem) for problem in problems), key=lambda at: at[0])
    return [f"{file}:{line}: {one.where} {one.says}" for line, one in located]
