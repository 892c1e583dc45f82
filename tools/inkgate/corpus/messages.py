"""The corpus as values. Its folder's README says what the keys mean."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "tests" / "dialogue" / "corpus"


class CorpusError(ValueError):
    """A file of the corpus is wrong; the message names file, entry, and what is expected."""


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One message with its label. Exactly one of `value`, `skip`, `kept` and `refused` is given."""

    text: str
    half: int
    late: bool = False  # of the held-out half: written when the parsers were finished
    value: bool | int | str | dict[str, float] | None = None
    skip: bool = False
    kept: bool = False
    refused: str | None = None
    give_cm: float = 0.06  # sides are rounded to 0.1 cm
    other_names: list[str] = msgspec.field(default=[], name="or")
    country: str | None = None
    may_tell: str | None = None
    note: str = ""

    @property
    def has_value(self) -> bool:
        """Whether it answers the question."""
        return self.refused is None


class Offered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A slot on offer; `starts` is the studio's local time."""

    number: int
    weekday: str
    starts: datetime


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all messages of a file share: the day it is, the slots on offer and their time zone."""

    message: list[Message]
    today: date | None = None
    zone: str = "Europe/London"
    offered: list[Offered] = []


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One file: the messages in one language to one question."""

    language: str
    question: str
    head: Head

    def offered(self) -> list[tuple[int, datetime]]:
        """Number and start of every slot on offer."""
        zone = ZoneInfo(self.head.zone)
        return [(slot.number, slot.starts.replace(tzinfo=zone)) for slot in self.head.offered]


def sheets(folder: Path = FOLDER) -> list[Sheet]:
    """The whole corpus, by language and question. Raises CorpusError."""
    found = [_sheet(path) for path in sorted(folder.glob("*/*.toml"))]
    if not found:
        raise CorpusError(f"{folder} holds no <language>/<question>.toml")
    return found


def _sheet(path: Path) -> Sheet:
    where = f"{path.parent.name}/{path.name}"
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        head = msgspec.convert(raw, Head)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise CorpusError(f"{where}: {error}") from error
    for wrong in _wrong(head.message):
        raise CorpusError(f"{where}: {wrong}")
    return Sheet(language=path.parent.name, question=path.stem, head=head)


def _wrong(messages: list[Message]) -> Iterator[str]:
    for text, times in Counter(message.text for message in messages).items():
        if times > 1:
            yield f"{text!r} stands there {times} times; once is enough"
    for message in messages:
        labels = [message.value is not None, message.skip, message.kept, message.refused is not None]
        if sum(labels) != 1:
            yield f"{message.text!r} needs one of value, skip, kept and refused, and has {sum(labels)}"
        if message.half not in (1, 2):
            yield f"{message.text!r} has half = {message.half}; 1 or 2"
        if message.late and message.half != 1:
            yield f"{message.text!r} is late and not of half 1"
