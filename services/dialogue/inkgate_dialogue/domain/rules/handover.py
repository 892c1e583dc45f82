"""DOMAIN §3 rows 5, 6, 23, 24 and 25: the artist takes over, and the bot comes back.

For paid leads, and in WAITLISTED, the status stays and only `handover` opens (DOMAIN §2).
"""

from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from inkgate_dialogue.domain.lead import Change, Lead
from inkgate_dialogue.domain.rules import takeover, waiting, welcome
from inkgate_dialogue.domain.transitions import allowed
from inkgate_dialogue.domain.turn import Turn, body_of

# Their texts name CONTINUE; each has one without it under `…_late`.
_NAMES_CONTINUE = frozenset({"handover", "human", "holding"})
_ASKING = frozenset({"NEW", "QUALIFYING", "TOUR_CONVERSION_OFFERED"})


def open_handover(turn: Turn, lead: Lead, copy: str, reason: str, *, notice: str = "handover") -> None:
    """Say that the artist takes over; the status (or the handover alone) waits for its delivery, the artist after it."""
    marks = ("handover", "completed") if reason == "coverup" else ("handover",)
    stays = lead.paid or lead.status == "WAITLISTED" or not allowed(lead.status, "NEEDS_ARTIST_REPLY")
    change = Change(status=None if stays else "NEEDS_ARTIST_REPLY", reason=reason, marks=marks, notice=notice)
    _say(turn, lead, copy, change)


def _say(turn: Turn, lead: Lead, copy: str, change: Change) -> None:
    """Say it; without CONTINUE in it where no question is left that it could go on with."""
    status = lead.handover_from if lead.status == "NEEDS_ARTIST_REPLY" else lead.status
    asks = status in _ASKING and next_question(turn, lead) is not None
    if asks or copy not in _NAMES_CONTINUE:
        turn.say(copy, lead=lead, change=change)
    else:
        turn.send(body_of(turn.copy.text(f"{copy}_late")), copy=copy, lead=lead, change=change)


def after_answer(turn: Turn, lead: Lead, key: str) -> bool:
    """Rows 5 and 6, as far as a good answer brings them about."""
    if key == "complexity" and lead.values.get("complexity") == 3:
        open_handover(turn, lead, "complexity_handover", "complexity")
        return True
    if key == "coverup" and lead.values.get("coverup") is True:
        open_handover(turn, lead, "coverup_handover", "coverup")
        return True
    return False


# DOMAIN §3 row 25: word → (what she is told, why it is handed over, what the artist is told); the first that fits counts.
ASKED: tuple[tuple[str, str, str, str], ...] = (
    ("refund", "refund_asked", "refund_asked", "refund_asked"),
    ("erase", "erase_asked", "erase_asked", "erase_asked"),
    ("human", "human", "asked for the artist", "handover"),
)


def asked_for(turn: Turn, lead: Lead, said: frozenset[str]) -> str:
    """HUMAN, REFUND or DELETE MY DATA. Where the artist has her already, HUMAN gets the holding message and the others
    are passed on. Returns the verdict."""
    word, copy, reason, notice = next(row for row in ASKED if row[0] in said)
    if lead.status != "NEEDS_ARTIST_REPLY" and lead.handover is None:
        open_handover(turn, lead, copy, reason, notice=notice)
    elif word == "human":
        return hold_reply(turn, lead)
    else:
        turn.say(copy, lead=lead, change=Change(reason=reason, notice=notice))
    return "asks_for_the_artist"


def hold_reply(turn: Turn, lead: Lead) -> str:
    """Row 24: at most one holding message per cooldown; none while the artist writes herself. Returns the verdict."""
    if takeover.quiet(turn):
        return "with_the_artist"
    cooldown = timedelta(seconds=turn.studio.timers.hold_reply_cooldown_s)
    if lead.held_reply_at is not None and turn.now - lead.held_reply_at < cooldown:
        return "handed_over"
    change = Change(reason="holding", marks=("held_reply",))
    _say(turn, lead, "holding", change)
    return "handed_over"


def resume(turn: Turn, lead: Lead, reason: str) -> UUID:
    """Row 23: CONTINUE, or the artist's `resume`: back to where it was opened from, at the kept step."""
    if lead.status == "NEW":
        return welcome.welcome(turn, lead, marks=("resume",))
    target = lead.handover_from if lead.status == "NEEDS_ARTIST_REPLY" else None
    status = target or lead.status
    change = Change(status=target, reason=reason, marks=("resume",))
    if status == "QUALIFYING":
        question = next_question(turn, lead)
        if question is None:
            done = replace(change, status="PENDING_APPROVAL", marks=("resume", "completed"), notice="completed")
            return turn.say("completion", lead=lead, change=done)
        return turn.say("continue", lead=lead, change=replace(change, question=question), question=question)
    said = waiting.said(turn, lead, status)
    if status == "TOUR_CONVERSION_OFFERED" and lead.tour is not None:
        said = turn.copy.tour("tour_prompt", lead.tour)
    if said is None:
        return turn.say("continue", lead=lead, change=change)
    return turn.say("ask", lead=lead, change=change, words={"text": said})


def next_question(turn: Turn, lead: Lead) -> str | None:
    """The open question while it is unanswered, else the next unanswered one (a handover may have followed an answer);
    None when all are answered."""
    if lead.question in turn.studio.steps and lead.question not in lead.answers:
        return lead.question
    return next((key for key in turn.studio.questions if key not in lead.answers), None)
