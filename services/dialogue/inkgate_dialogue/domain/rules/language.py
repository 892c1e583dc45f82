"""DOMAIN §4: the language of a client, chosen by her first message or her number, and changed when she asks for it.

Where it stands in the order of judging: the first choice is made as soon as a message is taken in, before STOP, so that
whatever is said to her is said in it. A wish is judged in its turn, like any message (it waits while a gate is open and in
panic mode), after HUMAN, REFUND and DELETE MY DATA and before her status: it is never an answer and no strike. Whoever has
opted out gets no message; her wish is kept for when she comes back. It is a fact of the person: it waits for no delivery,
moves no step, and holds for her later enquiries.
"""

from datetime import timedelta

from msgspec.structs import replace

from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.lead import Change, Lead
from inkgate_dialogue.domain.rules import questions_changed, resend, waiting
from inkgate_dialogue.domain.turn import Turn, body_of

COPY = "language_chosen"
# Here her message is answered by a welcome, or by nothing of ours: it only has to be in her language.
_FALLS_THROUGH = frozenset({"NEW", "OPTOUT", "ABANDONED", "STALE"})


def choose(turn: Turn, message: MessageReceived) -> None:
    """Choose her language with the first message that tells: by its words, else by her number. Until one does it is the
    studio's own. A message that asks for a language is no sample of one."""
    if turn.state.language is not None:
        return
    tongues, state = turn.studio.tongues, turn.state
    if tongues.wished(message.text) is not None:
        return
    language, by = tongues.told(message.text), "text"
    if language is None:
        language, by = tongues.of_number(state.phone, state.user_id), "number"
    if language is not None:
        turn.record(e.LanguageChosen(lead_id=state.lead_id, language=language, by=by))


def hear(turn: Turn, message: MessageReceived) -> None:
    """Keep the language that she asks for, whatever her status."""
    wish = turn.studio.tongues.wished(message.text)
    if wish is not None and wish != turn.state.language:
        turn.record(e.LanguageChosen(lead_id=turn.state.lead_id, language=wish, by="wish"))


def before(turn: Turn, lead: Lead, message: MessageReceived, said: frozenset[str]) -> str | None:
    """Answer a wish, in that language: the open question again, or where things stand. Gates nothing; the step is kept."""
    if turn.studio.tongues.wished(message.text) is None or lead.status in _FALLS_THROUGH:
        return None
    if lead.handover is not None or lead.status == "NEEDS_ARTIST_REPLY":
        _handed_over(turn, lead)
    elif not _again(turn, lead):
        if lead.status == "QUALIFYING" and lead.question is not None:
            _ask_again(turn, lead)
        else:
            _say(turn, lead, waiting.said(turn, lead), Change(reason="language"))
    return "language"


def _ask_again(turn: Turn, lead: Lead) -> None:
    if questions_changed.gone(turn, lead.question):
        questions_changed.go_on(turn, lead)
    else:
        turn.say(COPY, lead=lead, change=Change(reason="language"), question=lead.question)


def _again(turn: Turn, lead: Lead) -> bool:
    """What had failed is said anew in her language where it was a question; else it goes out as it was."""
    retry = turn.state.retry
    asked = retry.change.question if retry is not None else None
    if retry is None or asked is None or questions_changed.gone(turn, asked) or not resend.possible(turn.state, lead):
        return resend.again(turn, lead)
    turn.say(COPY, lead=lead, change=retry.change, question=asked)
    return True


def _handed_over(turn: Turn, lead: Lead) -> None:
    """The holding message in her language, unless she had it within its cooldown: then the word alone."""
    cooldown = timedelta(seconds=turn.studio.timers.hold_reply_cooldown_s)
    change = Change(reason="language")
    if lead.held_reply_at is not None and turn.now - lead.held_reply_at < cooldown:
        _say(turn, lead, None, change)
    else:
        _say(turn, lead, turn.copy.text("holding"), replace(change, marks=("held_reply",)))


def _say(turn: Turn, lead: Lead, more: str | None, change: Change) -> None:
    text = "\n\n".join(part for part in (turn.copy.text(COPY), more) if part)
    turn.send(body_of(text), copy=COPY, lead=lead, change=change)
