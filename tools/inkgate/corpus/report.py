"""docs/corpus.md. All but the times is the same on every machine, and checked by a test; the times are as measured."""

from __future__ import annotations

import resource
import statistics
import sys
import unicodedata
from collections.abc import Iterable

from inkgate.corpus.figures import ANY_MIN, PRECISION_MIN, RECALL_MIN, Figures, Marked, figures
from inkgate.corpus.marking import Mark
from inkgate.corpus.messages import Message
from inkgate_dialogue.domain.questions import Refused
from inkgate_dialogue.domain.questions.reading import Reading

TIMES = "## How long parsing takes\n"
_HEAD = """<!-- Made by `make corpus`. Do not edit. -->
# How well messages are understood
The messages were written as clients write, and labelled with what a sensible person at the studio understands
([what the labels mean](../tests/dialogue/corpus/README.md)). Half 1 was labelled before the parsers were written and
is never tuned on, so its misreadings are counted here and not shown; half 2 is for development.

**Precision** is the share of what was understood that was understood rightly. An answer taken where there is none counts
against it. **Recall** is the share of the messages with an answer that were understood rightly. **Reasons** is the share
of the rightly refused messages that were refused for the labelled reason, which is what the client is told.

The bars, held by a test: over all parsed questions of a language precision of at least {precision:.2f} and recall of at
least {recall:.2f}, and no parsed question below {any:.2f} in either.
"""
_COLUMNS = (
    "| question | messages | precision | recall | reasons | half 1: messages | precision | recall | reasons "
    "| half 2: messages | precision | recall | reasons |\n|---|" + "--:|" * 12
)
_COLUMNS_LATE = "| question | messages | precision | recall | reasons |\n|---|" + "--:|" * 4
_LATE = """Of half 1, the messages that were written last, when the parsers were finished, and read by them for the first
time where this page was made: what to expect of messages that nobody has seen."""
LANGUAGES = {"en": "English", "es": "Spanish"}
_WORST = 25


def text(marked: list[Marked]) -> str:
    """The document without the times."""
    parts = [_HEAD.format(precision=PRECISION_MIN, recall=RECALL_MIN, any=ANY_MIN)]
    for language in sorted({one.language for one in marked}):
        own = [one for one in marked if one.language == language]
        name = LANGUAGES.get(language, language)
        parts.append(f"## {name}\n{_table(own)}\n\n### What was misread in {name}\n{_misread(own)}\n")
    return "\n".join(parts)


def times(marked: list[Marked]) -> str:
    """How long the parses took, each message once; and what the process holds then."""
    took = sorted(one.took_ms for one in marked)
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes there, KiB elsewhere (getrusage(2))
    held_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1_000_000
    rows = [f"| all | {len(took)} | {_took(took)} |"]
    for question in sorted({one.question for one in marked}):
        of_it = sorted(one.took_ms for one in marked if one.question == question)
        rows.append(f"| {question} | {len(of_it)} | {_took(of_it)} |")
    return "\n".join(
        [
            TIMES,
            "The processor's time, as measured where this page was last made.",
            "Each message was parsed once, so that nothing was remembered.",
            f"The process held {held_mb:.0f} MB at most.",
            "",
            "| question | messages | median, ms | p99, ms | longest, ms |",
            "|---|--:|--:|--:|--:|",
            *rows,
            "",
        ]
    )


def misreadings(marked: list[Marked], question: str) -> list[str]:
    """Every misreading of the development half, a line each. The held-out half is only counted, lest it be tuned on."""
    own = [one for one in marked if question in ("all", one.question) and one.mark not in (Mark.RIGHT, Mark.REFUSED)]
    held_out = sum(one.message.half == 1 for one in own)
    lines = [
        f"{one.language} {one.question}: {one.message.text!r} means {_meant(one.message)}; {_read(one.reading)}"
        for one in own
        if one.message.half == 2
    ]
    return [*lines, f"and {held_out} of the held-out half"] if own else []


def _took(sorted_ms: list[float]) -> str:
    p99 = sorted_ms[min(len(sorted_ms) - 1, int(len(sorted_ms) * 0.99))]
    return f"{statistics.median(sorted_ms):.3f} | {p99:.3f} | {sorted_ms[-1]:.3f}"


def _table(own: list[Marked]) -> str:
    rows = [_COLUMNS]
    for question in sorted({one.question for one in own if one.parsed}):
        rows.append(_row(question, (one for one in own if one.question == question)))
    rows.append(_row("**all parsed**", (one for one in own if one.parsed)))
    rows.extend(
        _row(f"{question} (free text)", (one for one in own if one.question == question))
        for question in sorted({one.question for one in own if not one.parsed})
    )
    late = [one for one in own if one.message.late]
    if late:
        rows += ["", _LATE, "", _COLUMNS_LATE]
        for question in sorted({one.question for one in late}):
            rows.append(f"| {question} | {_cells(figures(one for one in late if one.question == question))} |")
        rows.append(f"| **all** | {_cells(figures(late))} |")
    return "\n".join(rows)


def _row(name: str, marked: Iterable[Marked]) -> str:
    of_it = list(marked)
    halves = [[one for one in of_it if one.message.half == half] for half in (1, 2)]
    return " | ".join([f"| {name}", *(_cells(figures(some)) for some in (of_it, *halves))]) + " |"


def _cells(of: Figures) -> str:
    return " | ".join([str(of.messages), *(_share(share) for share in (of.precision, of.recall, of.reasons))])


def _share(share: float | None) -> str:
    # Rounded down: 0.9699 must not look like 0.97.
    return "–" if share is None else f"{int(share * 1_000) / 1_000:.3f}"


def _misread(own: list[Marked]) -> str:
    """The worst first: something else understood, most sure of itself first; then answers that were not seen."""
    wrong = [one for one in own if one.mark is Mark.WRONG]
    missed = [one for one in own if one.mark is Mark.MISSED]
    other = sum(one.mark is Mark.OTHER_REASON for one in own)
    wrong.sort(key=lambda one: (-getattr(one.reading, "sure", 0.0), one.question))
    shown = [one for one in wrong + missed if one.message.half == 2][:_WORST]
    counted = f"Understood as something else: {len(wrong)}. Refused, though an answer: {len(missed)}."
    lines = [f"{counted} Rightly refused, for another reason: {other}."]
    if shown:
        lines += ["", "| message | question | what was meant | what was read |", "|---|---|---|---|"]
    lines += [
        f"| {_said(one.message.text)} | {one.question} | {_meant(one.message)} | {_read(one.reading)} |"
        for one in shown
    ]
    return "\n".join(lines)


def _said(words: str) -> str:
    """A message in a cell: what cannot be seen is spelled out."""
    shown = "".join(
        f"\\u{ord(c):04x}" if unicodedata.category(c) in ("Cf", "Cc") and c not in "\n" else c for c in words
    )
    return shown.replace("\n", " ⏎ ").replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;").replace("_", "\\_")


def _meant(message: Message) -> str:
    if message.refused is not None:
        return f"no answer: {message.refused}"
    if message.kept or message.skip:
        return "any words" if message.kept else "skipped"
    return _value(message.value) + (f" ({message.country})" if message.country else "")


def _read(reading: Reading) -> str:
    if isinstance(reading, Refused):
        return f"refused: {reading.reason}"
    country = reading.also.get("location_country")
    return _value(reading.value) + (f" ({country})" if country else "")


def _value(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key.removesuffix('_cm')} {each}" for key, each in value.items())
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
