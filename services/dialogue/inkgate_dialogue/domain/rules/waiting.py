"""DOMAIN §3 row 26: a message while we wait for somebody else gets the status reply, and changes nothing.

It says where things stand and what she can do: the link again while her deposit is awaited, her time once she is booked.
Every message gets it, up to three times in a row; then the same reply goes again after a minute at the earliest, then after
two, four, …, at most the cooldown of row 24, so that two machines that answer each other fall silent. To a booked client it
promises that the artist reads her messages, so she is told of them, once per cooldown; of thanks alone she is not.
"""

from datetime import timedelta

from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.amounts import amount
from inkgate_dialogue.domain.lead import Change, Lead
from inkgate_dialogue.domain.rules import courtesy, dispute, resend
from inkgate_dialogue.domain.transitions import Status
from inkgate_dialogue.domain.turn import Turn

# A link that she can pay by.
_PAYABLE = frozenset({"link_created", "payment_failed"})
_TOLD = "client_wrote"
ASKED = "artist_asked"


def said(turn: Turn, lead: Lead, status: Status | None = None) -> str | None:
    """What a message gets in `status` (by default the lead's own); None where there is no such reply."""
    status = status or lead.status
    if dispute.frozen(lead) and lead.paid:
        return turn.copy.text("disputed")
    deposit, words = lead.deposit, {"slot": _slot(turn, lead), "amount": "", "url": ""}
    if deposit is not None and deposit.url is not None and deposit.state in _PAYABLE:
        words |= {"amount": amount(deposit.amount_pence, deposit.currency), "url": deposit.url}
    elif status == "AWAITING_DEPOSIT":
        if lead.offer is not None and (deposit is None or deposit.state != "requested"):
            return turn.copy.text("choose_a_slot")
        return turn.copy.text("link_coming")
    if status == "BOOKED" and not lead.slot:
        status = "BOOKING_PENDING"
    return turn.copy.status(status, **words)


def _slot(turn: Turn, lead: Lead) -> str:
    """Her time, in her language where it was chosen here, else as the artist wrote it."""
    appointment = lead.appointment
    if appointment is None or not appointment.live or lead.slot != appointment.label:
        return lead.slot or ""
    return turn.time_label(appointment.starts_at)


def status_reply(turn: Turn, lead: Lead, *, always: bool = False) -> str:
    """Say where things stand, or send again what had failed. `always`: also where it was said a moment ago."""
    if resend.again(turn, lead):
        return "sent_again"
    if lead.status == "BOOKED":
        _tell_the_artist(turn, lead)
    text = said(turn, lead)
    if text is None:
        return "kept"
    if not always and _lately(turn, lead, text):
        return "said_lately"
    turn.record(e.StatusReplied(lead_id=lead.id, text=text, at=turn.now))
    turn.say("ask", lead=lead, change=Change(reason="status_reply"), words={"text": text})
    return "status_reply"


def answers_the_artist(turn: Turn, lead: Lead, message: MessageReceived, words: frozenset[str]) -> str | None:
    """The first message after a question that the artist asked herself (`ask`) is passed on to her, once; then it is judged
    as any other. While a question of ours is open too, it is that one's answer."""
    asking = lead.status in ("QUALIFYING", "TOUR_CONVERSION_OFFERED") and lead.handover is None
    if lead.artist_asked_at is None or asking or lead.terminal or lead.status == "BOOKED":
        return None
    turn.record(e.Marked(lead_id=lead.id, mark="artist_answered", at=turn.now))
    turn.notify(turn.lead(lead.id), "client_answered", reason=(message.text or message.kind)[:500])
    return None


def frozen(turn: Turn, lead: Lead, message: MessageReceived, words: frozenset[str]) -> str | None:
    """A message while a dispute freezes her booking: it neither picks a slot nor gives a time."""
    if not dispute.frozen(lead) or not lead.paid or lead.handover is not None or lead.terminal:
        return None
    return status_reply(turn, lead)


def _lately(turn: Turn, lead: Lead, text: str) -> bool:
    last = lead.replied
    limits, cooldown = turn.studio.file.messages, turn.studio.timers.hold_reply_cooldown_s
    if last is None or last.text != text or last.times < limits.status_replies_max:
        return False
    wait_s = min(limits.status_reply_s * 2 ** min(last.times - limits.status_replies_max, 30), cooldown)
    return turn.now - last.at < timedelta(seconds=wait_s)


def _tell_the_artist(turn: Turn, lead: Lead) -> None:
    message = turn.event.data
    if not isinstance(message, MessageReceived) or courtesy.nothing_else(message, turn.studio.file.asides):
        return
    cooldown = timedelta(seconds=turn.studio.timers.hold_reply_cooldown_s)
    if lead.artist_notified_at is not None and turn.now - lead.artist_notified_at < cooldown:
        return
    turn.record(e.Marked(lead_id=lead.id, mark="artist_notified", at=turn.now))
    turn.notify(turn.lead(lead.id), _TOLD, reason=(message.text or message.kind)[:500])
