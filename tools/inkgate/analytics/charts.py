"""Charts, made here: no script, no size of their own but the height. What is drawn is SVG with widths as parts of a hundred,
so that letters stay as large as they are on a phone. What a chart shows is said in words beside it, and stands in a table
below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from markupsafe import Markup

# The least width, in a hundred, of what is more than nothing.
_SEEN = 0.5
_HEIGHT = 160
_COLUMNS_MAX = 92


@dataclass(frozen=True)
class Bar:
    """A line of a chart: what it is, its parts (tone, value) from the left, and what is said at its right."""

    label: str
    parts: Sequence[tuple[str, float]]
    said: str
    note: str = ""


def bars(title: str, rows: Sequence[Bar], whole: float) -> Markup:
    """Bars below each other, as parts of `whole`. A note stands below its bar; what is more than nothing is seen."""
    if not rows or whole <= 0:
        return Markup("")
    drawn = []
    for row in rows:
        parts, x = [], 0.0
        for tone, value in row.parts:
            width = min(100 - x, max(_SEEN, 100 * value / whole)) if value > 0 else 0.0
            if width > 0:
                parts.append(f'<rect class="{tone}" x="{x:.2f}%" width="{width:.2f}%" height="12"/>')
            x += width
        note = f'<span class="note">{escape(row.note)}</span>' if row.note else ""
        drawn.append(
            f'<div class="bar"><span>{escape(row.label)}</span><span class="said">{escape(row.said)}</span>'
            f'<svg width="100%" height="12">{"".join(parts)}</svg>{note}</div>'
        )
    told = "; ".join(f"{row.label} {row.said}" for row in rows)
    # Every text was escaped where it was put in.
    head = f'<div class="chart" role="img" aria-label="{escape(f"{title}: {told}", quote=True)}">'
    return Markup(head + "".join(drawn) + "</div>")


def columns(title: str, days: dict[date, tuple[float, float]], tones: tuple[str, str]) -> Markup:
    """A column a day, or a week where there are many, for every day from the first to the last: the whole, and the part of
    it that stands at its foot."""
    if not days:
        return Markup("")
    step, columns_ = _stepped(days)
    top = max(whole for _, whole, _ in columns_) or 1
    width = 100 / len(columns_)
    drawn = [f'<line class="rule" x1="0" y1="{_HEIGHT}" x2="100%" y2="{_HEIGHT}"/>']
    for at, (_, whole, part) in enumerate(columns_):
        for tone, value in ((tones[0], whole), (tones[1], part)):
            height = (_HEIGHT - 24) * value / top
            if height:
                drawn.append(
                    f'<rect class="{tone}" x="{at * width + width * 0.1:.2f}%" y="{_HEIGHT - height:.1f}" '
                    f'width="{width * 0.8:.2f}%" height="{height:.1f}"/>'
                )
    first, last = columns_[0][0], columns_[-1][0]
    drawn.append(f'<text x="0" y="16">most: {top:g} a {step}</text>')
    drawn.append(f'<text x="0" y="{_HEIGHT + 20}">{first.isoformat()}</text>')
    if last != first:
        drawn.append(f'<text x="100%" y="{_HEIGHT + 20}" class="said">{last.isoformat()}</text>')
    return _svg(
        f"{title}, from {first.isoformat()} to {last.isoformat()}, at most {top:g} a {step}", _HEIGHT + 28, drawn
    )


def _stepped(days: dict[date, tuple[float, float]]) -> tuple[str, list[tuple[date, float, float]]]:
    first, last = min(days), max(days)
    length, name = (1, "day") if (last - first).days < _COLUMNS_MAX else (7, "week")
    if length == 7:
        first -= timedelta(days=first.weekday())
    found: list[tuple[date, float, float]] = []
    for number in range((last - first).days // length + 1):
        begins = first + timedelta(days=number * length)
        mine = [days[day] for day in (begins + timedelta(days=one) for one in range(length)) if day in days]
        found.append((begins, sum(whole for whole, _ in mine), sum(part for _, part in mine)))
    return name, found


def _svg(told: str, height: int, drawn: Sequence[str]) -> Markup:
    # Every text was escaped where it was put in.
    head = f'<svg class="chart" role="img" width="100%" height="{height}" aria-label="{escape(told, quote=True)}">'
    return Markup(head + "".join(drawn) + "</svg>")
