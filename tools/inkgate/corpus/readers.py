"""Who reads the answers to a question: the parsers of the core, and the choice among offered slots."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from zoneinfo import ZoneInfo

from inkgate.corpus.messages import Sheet
from inkgate_dialogue.domain.questions import QUESTIONS, Reading, Reply, Setting
from inkgate_dialogue.domain.rules.choice import read_choice

SLOTS = "slots"  # not a question, but read like one
Read = Callable[[str], Reading]


def reader(sheet: Sheet) -> Read | None:
    """What reads the messages of this file; None while nothing does."""
    if sheet.question == SLOTS:
        return _choice(sheet)
    parse = QUESTIONS.get(sheet.question)
    if parse is None:
        return None
    setting = _setting(sheet)
    return lambda text: parse(Reply(text=text, setting=setting))


def _choice(sheet: Sheet) -> Read:
    """The choice among the slots on offer; it is noon of that day at the studio."""
    starts = [start for _, start in sheet.offered()]
    zone = sheet.head.zone
    now = datetime.combine(sheet.head.today, time(12), ZoneInfo(zone)) if sheet.head.today else None
    return lambda text: read_choice(text, None, starts, sheet.language, zone=zone, now=now)


def _setting(sheet: Sheet) -> Setting:
    """A studio in the United Kingdom that takes pounds, £50 at least, without exchange rates."""
    return Setting(
        language=sheet.language,
        currency="GBP",
        country="GB",
        budget_minimum_pence=5_000,
        rates={},
        today=sheet.head.today,
    )
