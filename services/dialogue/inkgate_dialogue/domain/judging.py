"""A client's message in its turn: by the lead's status, the rule that answers it. One table."""

from collections.abc import Callable

from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.gate import INVITED
from inkgate_dialogue.domain.lead import Conversation, Lead
from inkgate_dialogue.domain.questions.yes_no import yes_or_no
from inkgate_dialogue.domain.rules import (
    answer,
    asides,
    corrections,
    courtesy,
    handover,
    kinds,
    language,
    reminding,
    resend,
    restart,
    slot_offers,
    takeover,
    tour,
    triggers,
    waiting,
    way_back,
    welcome,
)
from inkgate_dialogue.domain.turn import Turn

_ASKS = frozenset({"human", "refund", "erase"})


def commands(state: Conversation, said: frozenset[str], text: str | None = None) -> bool:
    """Whether words of command do something here. Then they are judged whenever they were written; else ('yes' to a
    question) the message, `text`, keeps its place in the order."""
    if not said:
        return False
    lead = state.lead
    if state.opted_out and "start" in said:
        return True
    if lead is not None and lead.status == "WAITLISTED" and _begins(text, said):
        return True
    if "resume" in said and lead is not None and (lead.handover is not None or lead.handover_from is not None):
        return True
    in_talks = lead is not None and lead.status != "NEW" and not lead.terminal and not state.opted_out
    return in_talks and not _ASKS.isdisjoint(said)


def asks_for_a_person(state: Conversation, said: frozenset[str]) -> bool:
    """HUMAN, REFUND or DELETE MY DATA, where they do something: they are passed on in panic mode too."""
    return not _ASKS.isdisjoint(said) and commands(state, said & _ASKS)


def judge(turn: Turn, message: MessageReceived, said: frozenset[str], started: bool) -> str:
    """Judge it; `said` are its words of command, `started` whether it is a START that counts. Returns the verdict that the
    timeline shows."""
    lead = turn.state.lead
    language.hear(turn, message)
    if turn.state.opted_out:
        if lead is not None and started:
            return restart.start(turn, lead)
        return "older_than_stop" if "start" in said else "opted_out"
    if lead is None or lead.terminal:
        if message.kind == "edited" and lead is not None:
            return "edit_kept"  # of what was settled long ago: no new enquiry
        if lead is not None and courtesy.nothing_else(message, turn.studio.file.asides):
            return "courtesy"
        new = welcome.new_lead(turn, turn.now)
        kinds.keep(turn, new, message)
        if takeover.quiet(turn):
            return takeover.answered_to_her(turn, new)
        handed_over = triggers.at_first(turn, turn.lead(new.id), message)
        if handed_over is not None:
            return handed_over
        welcome.welcome(turn, turn.lead(new.id))
        return "first"
    reminding.recall(turn, "she wrote")
    if lead.silent_since is not None or lead.reminders:
        turn.record(e.Silence(lead_id=lead.id, since=None))
        lead = turn.lead(lead.id)
    for rule in BEFORE:
        verdict = rule(turn, lead, message, said)
        if verdict is not None:
            return verdict
    return _judge_of(lead)(turn, lead, message, said)


Judge = Callable[[Turn, Lead, MessageReceived, frozenset[str]], str]
# A rule that may take a message before its status' own judge does. It returns a verdict, or None: not mine.
Before = Callable[[Turn, Lead, MessageReceived, frozenset[str]], str | None]


def _asks(turn: Turn, lead: Lead, message: MessageReceived, said: frozenset[str]) -> str | None:
    if lead.status != "NEW" and not _ASKS.isdisjoint(said):
        return handover.asked_for(turn, lead, said)
    return None


def _invited_back(turn: Turn, lead: Lead, message: MessageReceived, said: frozenset[str]) -> str | None:
    """DOMAIN §4, 24-hour window: she was only invited to write; now that she did, she gets what the invitation stood for.
    What she wrote answers the invitation, not a question. Words of command come first."""
    if INVITED not in lead.flags or commands(turn.state, said):
        return None
    return "invited_back" if resend.again(turn, lead) else None


# The first that takes the message wins (DOMAIN §3: 25 before 5).
BEFORE: tuple[Before, ...] = (
    _asks,
    language.before,
    _invited_back,
    waiting.answers_the_artist,
    waiting.frozen,
    kinds.before,
    triggers.before,
    slot_offers.before,
    corrections.before,
    asides.before,
)


def _welcome(turn: Turn, lead: Lead, message: MessageReceived, said: frozenset[str]) -> str:
    welcome.welcome(turn, lead)
    return "first"


def _handed_over(turn: Turn, lead: Lead, message: MessageReceived, said: frozenset[str]) -> str:
    if "resume" in said:
        handover.resume(turn, lead, "continue")
        return "continue"
    if takeover.quiet(turn):
        return "with_the_artist"
    if turn.state.retry is not None and turn.state.retry.lead_id == lead.id:
        return waiting.status_reply(turn, lead)
    return handover.hold_reply(turn, lead)


def _begins(text: str | None, said: frozenset[str]) -> bool:
    """Whether this is a START on the waiting list. A plain yes answers nothing there: it must not throw her answers away."""
    return "start" in said and yes_or_no(text or "") is None


def _waitlisted(turn: Turn, lead: Lead, message: MessageReceived, said: frozenset[str]) -> str:
    """A START goes before the artist who has her; CONTINUE, where it is one too, does not."""
    if _begins(message.text, said) and not (lead.handover is not None and "resume" in said):
        restart.restart(turn, lead, "start")
        return "start"
    return (_waits if lead.handover is None else _handed_over)(turn, lead, message, said)


def _waits(turn: Turn, lead: Lead, message: MessageReceived, said: frozenset[str]) -> str:
    return waiting.status_reply(turn, lead)


def _gone(turn: Turn, lead: Lead, message: MessageReceived, said: frozenset[str]) -> str:
    return restart.come_back(turn, lead)


_BY_STATUS: dict[str, Judge] = {
    "NEW": _welcome,
    "QUALIFYING": lambda turn, lead, message, _: answer.judge(turn, lead, message),
    "NEEDS_ARTIST_REPLY": _handed_over,
    "OPTOUT": _gone,
    "ABANDONED": _gone,
    "STALE": _gone,
    "DEPOSIT_EXPIRED": lambda turn, lead, message, _: way_back.judge(turn, lead, message),
    "TOUR_CONVERSION_OFFERED": lambda turn, lead, message, _: tour.answer(
        turn, lead, message, answer.reply_of(message, turn.setting)
    ),
    "WAITLISTED": _waitlisted,
}


def _judge_of(lead: Lead) -> Judge:
    """Who has the lead answers her, whatever her status."""
    if lead.handover is not None and lead.status != "WAITLISTED":
        return _handed_over
    return _BY_STATUS.get(lead.status, _waits)
