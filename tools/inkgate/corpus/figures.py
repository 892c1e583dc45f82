"""Many messages: precision, recall, reasons; and the bars they are held to."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from inkgate.corpus.marking import Mark, mark
from inkgate.corpus.messages import Message, Sheet
from inkgate.corpus.readers import reader
from inkgate_dialogue.domain.questions import FREE_TEXT, Reading, places

PRECISION_MIN = 0.97  # over all parsed questions of a language
RECALL_MIN = 0.93
ANY_MIN = 0.90  # of any one parsed question, in either


class Marked(msgspec.Struct, frozen=True, kw_only=True):
    """One message, read and marked. `took_ms` is the processor's time for its parse: what else the
    machine did meanwhile does not count."""

    language: str
    question: str
    message: Message
    reading: Reading
    mark: Mark
    took_ms: float

    @property
    def parsed(self) -> bool:
        """Whether the bars hold for its question; free text is only kept."""
        return self.question not in FREE_TEXT


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted. Precision: right among those understood. Recall: right among those that have a value.
    Reasons: refused for the labelled reason, among those rightly refused. None where nothing was there to divide by."""

    messages: int
    precision: float | None
    recall: float | None
    reasons: float | None


def read_all(sheets: Iterable[Sheet]) -> list[Marked]:
    """Every message of every question that has a reader: parsed once, after what the service prepares at its start."""
    places.prepare()
    return [marked for sheet in sheets for marked in _read(sheet)]


def _read(sheet: Sheet) -> Iterator[Marked]:
    parse = reader(sheet)
    if parse is None:
        return
    for message in sheet.head.message:
        started = time.thread_time()
        reading = parse(message.text)
        took_ms = (time.thread_time() - started) * 1_000
        yield Marked(
            language=sheet.language,
            question=sheet.question,
            message=message,
            reading=reading,
            mark=mark(sheet.question, message, reading),
            took_ms=took_ms,
        )


def figures(marked: Iterable[Marked]) -> Figures:
    """The figures of these messages."""
    marked = list(marked)
    count = Counter(one.mark for one in marked)
    right = count[Mark.RIGHT]
    return Figures(
        messages=len(marked),
        precision=_share(right, right + count[Mark.WRONG]),
        recall=_share(right, sum(one.message.has_value for one in marked)),
        reasons=_share(count[Mark.REFUSED], count[Mark.REFUSED] + count[Mark.OTHER_REASON]),
    )


def _share(some: int, of: int) -> float | None:
    return some / of if of else None


def below_the_bars(marked: Iterable[Marked]) -> list[str]:
    """What does not meet the bars, one line each."""
    parsed = [one for one in marked if one.parsed]
    found: list[str] = []
    for language in sorted({one.language for one in parsed}):
        own = [one for one in parsed if one.language == language]
        found += _below(language, figures(own), PRECISION_MIN, RECALL_MIN)
        for question in sorted({one.question for one in own}):
            of_it = figures(one for one in own if one.question == question)
            found += _below(f"{language} {question}", of_it, ANY_MIN, ANY_MIN)
    return found


def _below(name: str, of: Figures, precision_min: float, recall_min: float) -> Iterator[str]:
    for what, share, least in (("precision", of.precision, precision_min), ("recall", of.recall, recall_min)):
        if share is None or share < least:
            yield f"{name}: {what} {'unknown' if share is None else format(share, '.3f')}, the bar is {least:.2f}"
