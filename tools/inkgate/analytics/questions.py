"""The queries that come with it: one file each in `queries/`, whose first lines say what it answers. They are written in
words that DuckDB, PostgreSQL and ClickHouse share; `{since}` is the first moment asked for, in microseconds since 1970."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from inkgate.analytics.sinks.sink import Answer, Sink

_FOLDER = Path(__file__).parent / "queries"


@dataclass(frozen=True)
class Question:
    name: str
    title: str
    answers: str
    sql: str


@cache
def questions() -> dict[str, Question]:
    """All of them, by name."""
    return {path.stem: _read(path) for path in sorted(_FOLDER.glob("*.sql"))}


def _read(path: Path) -> Question:
    lines = path.read_text("utf-8").splitlines()
    comment = [line.removeprefix("-- ") for line in lines if line.startswith("-- ") and not line.startswith("-- note:")]
    title, answers = comment[0].removeprefix("title: "), " ".join(comment[1:]).removeprefix("answers: ")
    return Question(path.stem, title, answers, "\n".join(line for line in lines if not line.startswith("--")))


async def ask(sink: Sink, name: str, since_us: int = 0) -> Answer:
    """The answer to one of them, for leads that began at that moment or later."""
    return await sink.select(questions()[name].sql.format(since=int(since_us)))


def as_table(answer: Answer) -> str:
    """Columns for a terminal: text to the left, numbers to the right."""
    if not answer.rows:
        return "none"
    rows = [[_shown(value) for value in row] for row in answer.rows]
    widths = [max(len(line[at]) for line in (answer.columns, *rows)) for at in range(len(answer.columns))]
    right = [all(isinstance(row[at], int | float | None) for row in answer.rows) for at in range(len(widths))]
    lines = [answer.columns, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def as_csv(answer: Answer) -> str:
    """With a line of names; for programs (the artist's sheet is another thing: `export --csv`)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows(answer.rows)
    return out.getvalue().rstrip("\n")


def as_json(answer: Answer) -> str:
    """A list of objects."""
    return msgspec.json.format(msgspec.json.encode(answer.records()), indent=2).decode()


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,.1f}" if isinstance(value, float) else str(value)
