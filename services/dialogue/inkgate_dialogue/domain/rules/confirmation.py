"""DOMAIN §3 row 3: the micro-confirmation. What matters most is summed up once, with the next question in one message.

Due after the good answer with which the last of the questions in the studio file's `confirm` (size, budget and city) is
known, once in a run of the questions: a restart makes it due again, a failed send goes out again as it is. Everything that
is worth more than the next question comes first (rows 5, 6, 31, 7, 8 and 9); then it is due with the next good answer. An
empty list switches it off. Its gate is that of the next question.
"""

from inkgate_dialogue.domain.lead import Change, Lead
from inkgate_dialogue.domain.turn import Turn

MARK = "confirmed"


def after_answer(turn: Turn, lead: Lead, key: str) -> bool:
    wanted = turn.studio.file.confirm
    if not wanted or lead.confirmed_at is not None or any(name not in lead.answers for name in wanted):
        return False
    upcoming = next((name for name in turn.studio.questions if name not in lead.answers), None)
    if upcoming is None:
        return False  # the completion says that everything is there
    currency = turn.studio.file.currency
    told = (turn.copy.told(name, lead.answers[name], lead.values.get(name), currency) for name in wanted)
    summary = ", ".join(told)
    change = Change(question=upcoming, reason="answered", marks=(MARK,))
    turn.say("so_far", lead=lead, change=change, words={"summary": summary}, question=upcoming)
    return True
