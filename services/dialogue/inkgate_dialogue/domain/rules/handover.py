"""DOMAIN §3 rows 5, 6, 23, 24 and 25: the artist takes over, and the bot comes back.

For paid leads, and in WAITLISTED, the status stays and only `handover` opens (DOMAIN §2).
"""

from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from inkgate_dialogue.domain.lead import Change, Lead
from inkgate_dialogue.domain.transitions import allowed
from inkgate_dialogue.domain.turn import Turn


def open_handover(
    turn: Turn, lead: Lead, copy: str, reason: str, *, notice: str = "handover", retry_of: UUID | None = None
) -> UUID:
    """Say that the artist takes over; the status (or the handover alone) waits for its delivery, the artist after it."""
    marks = ("handover", "completed") if reason == "coverup" else ("handover",)
    stays = lead.paid or lead.status == "WAITLISTED" or not allowed(lead.status, "NEEDS_ARTIST_REPLY")
    change = Change(status=None if stays else "NEEDS_ARTIST_REPLY", reason=reason, marks=marks, notice=notice)
    return turn.say(copy, lead=lead, change=change, retry_of=retry_of)


def after_answer(turn: Turn, lead: Lead, key: str, retry_of: UUID | None) -> bool:
    """Rows 5 and 6, as far as a good answer brings them about."""
    if key == "complexity" and lead.values.get("complexity") == 3:
        open_handover(turn, lead, "complexity_handover", "complexity", retry_of=retry_of)
        return True
    if key == "coverup" and lead.values.get("coverup") is True:
        open_handover(turn, lead, "coverup_handover", "coverup", retry_of=retry_of)
        return True
    return False


def hold_reply(turn: Turn, lead: Lead) -> str:
    """Row 24: at most one holding message per cooldown. Returns the verdict."""
    cooldown = timedelta(seconds=turn.studio.timers.hold_reply_cooldown_s)
    if lead.held_reply_at is not None and turn.now - lead.held_reply_at < cooldown:
        return "handed_over"
    turn.say("holding", lead=lead, change=Change(reason="holding", marks=("held_reply",)))
    return "handed_over"


def resume(turn: Turn, lead: Lead, reason: str) -> UUID:
    """Row 23: CONTINUE, or the artist's `resume`: back to where it was opened from, at the kept step."""
    target = lead.handover_from
    change = Change(status=target if lead.status == "NEEDS_ARTIST_REPLY" else None, reason=reason, marks=("resume",))
    status = target or lead.status
    if status == "QUALIFYING":
        question = next_question(turn, lead, lead.question)
        return turn.say("continue", lead=lead, change=replace(change, question=question), question=question)
    said = turn.studio.copy.status(status)
    return (
        turn.say("ask", lead=lead, change=change, words={"text": said})
        if said
        else turn.say("continue", lead=lead, change=change)
    )


def next_question(turn: Turn, lead: Lead, current: str | None) -> str | None:
    """The open question while it is unanswered, else the next unanswered one (a handover may have followed an answer);
    None when all are answered."""
    if current is not None and current not in lead.answers:
        return current
    return next((key for key in turn.studio.questions if key not in lead.answers), current)
