"""`inkgate studio show`: one page, in one file, of what the bot will say: the questions as a line with its branches, scenes
as chats, every text, and the figures behind them. No script, nothing from other hosts; the look is that of all pages."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from inkgate.studio.scenes import Branch, Line, Scene, branches, play
from inkgate_dialogue.domain.amounts import amount
from inkgate_dialogue.domain.copy import Copy
from inkgate_dialogue.domain.copy_tables import tables
from inkgate_dialogue.domain.studio import Studio
from inkgate_dialogue.domain.studio_words import COMMANDS

_HERE = Path(__file__).parent
_SHEETS = (_HERE.parent / "sandbox" / "static" / "base.css", _HERE / "page.css")
# A Monday in winter: the scenes are the same whenever the page is made.
_NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
# What a language is called on the page besides its own name, where a table is headed.
_TABLES = {
    "messages": "Messages",
    "questions": "Questions",
    "hints": "Examples of good answers",
    "statuses": "What a message gets while we wait",
    "notices": "What the artist is told",
    "reasons": "Why the artist takes over",
    "refused": "Why an answer was not understood",
    "assumed": "What was assumed of an answer",
    "templates": "Templates outside the 24-hour window",
}


def html(studio: Studio) -> str:
    """The page."""
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=select_autoescape(["html"]), undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    page = environment.get_template("page.html").render(
        studio=studio,
        file=studio.file,
        css="".join(sheet.read_text(encoding="utf-8") for sheet in _SHEETS),
        languages=[_language(studio, code, copy) for code, copy in studio.copies.items()],
        regions=_regions(studio),
        deposits=_deposits(studio),
        timers=_timers(studio),
        words={command: getattr(studio.file.words, command) for command in COMMANDS},
    )
    return page if page.endswith("\n") else page + "\n"


def _language(studio: Studio, code: str, copy: Copy) -> dict[str, Any]:
    scenes, off = play(studio, code, _NOW), branches(studio, code, _NOW)
    return {
        "code": code,
        "name": copy.language.name or code,
        "questions": [_question(studio, copy, key, off) for key in studio.questions],
        "after": _after(scenes),
        "scenes": scenes,
        "tables": _texts(copy, studio),
    }


def _question(studio: Studio, copy: Copy, key: str, off: Mapping[str, list[Branch]]) -> dict[str, Any]:
    return {
        "step": studio.step(key),
        "key": key.replace("_", " "),
        "text": copy.question(key),
        "choices": [choice.title for choice in copy.buttons(key)],
        "hint": copy.hint(key),
        "branches": off.get(key, []),
    }


def _after(scenes: list[Scene]) -> list[dict[str, Any]]:
    """The last mile: what happened, what was said, and what waited for it, from the scene that goes the whole way."""
    found: list[dict[str, Any]] = []
    what = "The last answer"
    for line in scenes[0].lines:
        if line.who == "meanwhile":
            what = line.text
        elif line.who == "client":
            what = "She answers"
        elif line.who == "bot" and line.gates and "step" not in line.gates:
            found.append({"what": what, "said": line, "to": _to(line)})
            what = "Then"
    return found


def _to(line: Line) -> str:
    """What waits for it: the status where it is one, else as it stands."""
    return line.gates.split(" → ")[-1].split(",")[0] if "→" in line.gates else line.gates


def _texts(copy: Copy, studio: Studio) -> list[dict[str, Any]]:
    """Every text of a copy file, by table, as it is written there."""
    listed = []
    for table in (*tables(studio.questions), "refused", "assumed", "templates"):
        texts: Mapping[str, str] = getattr(copy, table)
        if texts:
            listed.append({"title": _TABLES.get(table, table), "texts": list(texts.items())})
    return listed


def _regions(studio: Studio) -> list[tuple[str, str, str]]:
    return [
        (name, amount(region.minimum_pence, studio.file.currency), ", ".join(region.countries) or "everywhere else")
        for name, region in studio.file.regions.items()
    ]


def _deposits(studio: Studio) -> list[tuple[str, str]]:
    deposits = studio.file.deposits
    return [
        ("small", amount(deposits.small_pence, studio.file.currency)),
        ("medium", amount(deposits.medium_pence, studio.file.currency)),
        ("large", amount(deposits.large_pence, studio.file.currency)),
        ("extra large, each day", amount(deposits.extra_large_day_pence, studio.file.currency)),
    ]


def _timers(studio: Studio) -> list[tuple[str, str]]:
    timers = studio.timers
    shown = [(f"reminder {number} after", delay) for number, delay in enumerate(timers.reminders_s, 1)]
    shown += [
        ("given up after", timers.abandoned_s),
        ("holding message at most every", timers.hold_reply_cooldown_s),
        ("payment link lasts", timers.deposit_link_s),
    ]
    return [(name, lasting(seconds)) for name, seconds in shown]


def lasting(seconds: float) -> str:
    """`36 h`, `23 h 55 min`, `90 s`."""
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    hours, minutes = divmod(whole // 60, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)
