"""Who reads the answers to a question: the parsers of the core, and the choice among offered slots."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from inkgate.corpus.messages import Sheet
from inkgate_dialogue.domain.questions import QUESTIONS, Reading, Reply, Setting
from inkgate_dialogue.domain.rules.choice import read_choice

Read = Callable[[str], Reading]


def reader(sheet: Sheet) -> Read | None:
    """What reads the messages of this file; None while nothing does."""
    if sheet.question == "slots":
        starts = [starts for _, starts in sheet.offered()]
        return lambda text: read_choice(text, None, starts, sheet.language)
    parse = QUESTIONS.get(sheet.question)
    if parse is None:
        return None
    setting = _setting(sheet)
    return lambda text: parse(Reply(text=text, setting=setting))


def _setting(sheet: Sheet) -> Setting:
    """A studio in the United Kingdom that takes pounds, £50 at least, without exchange rates."""
    setting = Setting(language=sheet.language, currency="GBP", country="GB", budget_minimum_pence=5_000, rates={})
    if sheet.head.today is not None and "today" in Setting.__struct_fields__:
        return msgspec.structs.replace(setting, today=sheet.head.today)
    return setting
