"""DOMAIN §3 rows 14, 14b and 17: slots are offered, one is chosen, and the artist is told.

With `slots = after_deposit` they are offered after the payment's confirmation (its own message, since one turn is one), with
`before_deposit` in place of the link when the artist approves, and with `none` only where she asks for it (`offer_slots`).
The set on offer waits for the delivery of its list, the slot for its confirmation; held it is from the moment the choice is
judged. While a slot can be chosen, a message that names none is asked about twice with the list, then the artist takes over;
once one is chosen, other words get the status reply, and another choice changes it. Nothing to offer is row 18.
"""

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from inkgate_common.contracts.inbound import MessageReceived
from inkgate_common.contracts.intents import Body, Choice, ListMenu, Text
from inkgate_dialogue.domain import date_words
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.booking import Offer, Session
from inkgate_dialogue.domain.copy_tables import BUTTON_TEXT_MAX
from inkgate_dialogue.domain.gate import written_after
from inkgate_dialogue.domain.lead import Change, Lead
from inkgate_dialogue.domain.questions.reading import Refused, Understood, bare
from inkgate_dialogue.domain.rules import courtesy, deposit, handover, holds, resend, slots, waiting, windows
from inkgate_dialogue.domain.rules.choice import NONE_ROW, read_choice, row_id, wants_none
from inkgate_dialogue.domain.rules.repair import STRIKES_MAX
from inkgate_dialogue.domain.transitions import Status, allowed
from inkgate_dialogue.domain.turn import FollowUp, Turn

FOLLOW_UP = "offer_slots"
ROW_TITLE_MAX, ROW_DESCRIPTION_MAX = 24, 72  # WhatsApp's limits for a list's rows (FACTS §2)
STRIKES = "slot"
_SPEAKS = frozenset({"text", "button", "list", "edited"})


# --- offering -----------------------------------------------------------------------------------------------------------


def begin(
    turn: Turn, lead: Lead, *, copy: str = "slots_offered", by: str | None = None, marks: tuple[str, ...] = ()
) -> UUID | None:
    """Offer what is free; the set on offer waits for its delivery. None where nothing is."""
    sessions = slots.to_offer(lead, turn.studio, turn.agenda, turn.now)
    if not sessions:
        return None
    offer = Offer(sessions=sessions, by=by or (lead.offer.by if lead.offer is not None else None))
    change = Change(status=_target(lead), reason="slots_offered", marks=marks, offer=offer)
    return _send(turn, lead, copy, offer, change)


def _target(lead: Lead) -> Status:
    return "BOOKING_PENDING" if lead.paid else "AWAITING_DEPOSIT"


def after_payment(turn: Turn, lead: Lead, data: FollowUp) -> None:
    """The payment is confirmed: offer slots, or new ones where the time that she had chosen was held no longer."""
    had = lead.appointment
    fits = lead.status == "BOOKING_PENDING" and lead.paid and lead.handover is None
    if not fits or turn.state.silent or (had is not None and had.live):
        turn.record(e.Note(lead_id=lead.id, about="not said any more", details={"what": "slots_offered"}))
        return
    if begin(turn, lead, copy="slots_offered" if had is None else "slots_lost") is None:
        windows.ask(turn, lead)


def possible(lead: Lead) -> bool:
    """Whether the artist may have slots offered (anew): to a paid lead without a booking, and to one that has not paid where
    slots come before the deposit."""
    if lead.paid:
        return lead.status in ("BOOKING_PENDING", "COLLECTING_TIME_WINDOWS", "NEEDS_FOLLOW_UP", "NEEDS_ARTIST_REPLY")
    waits = ("AWAITING_DEPOSIT", "DEPOSIT_EXPIRED", "COLLECTING_TIME_WINDOWS", "NEEDS_ARTIST_REPLY")
    return lead.offer is not None and lead.status in waits


def by_hand_refusal(turn: Turn, lead: Lead) -> str | None:
    """Why the artist's `offer_slots` is not possible now, or None: nothing is free, and row 18 cannot follow from here."""
    if slots.to_offer(lead, turn.studio, turn.agenda, turn.now) or allowed(lead.status, "COLLECTING_TIME_WINDOWS"):
        return None
    return f"there is no free slot in the next {turn.studio.file.appointments.days_ahead} days"


def by_hand(turn: Turn, lead: Lead) -> UUID:
    """The artist has slots offered; a handover that stood open is over: the bot has her again."""
    intent_id = begin(turn, lead, marks=("resume",) if lead.handover is not None else ())
    return intent_id if intent_id is not None else windows.ask(turn, lead)


def language(turn: Turn) -> str:
    """The client's language, for days and months."""
    return turn.setting.language


def lines(turn: Turn, sessions: Sequence[Session], numbers: Sequence[int]) -> str:
    """`1. Saturday 10 January, 11:00`, a line each."""
    return "\n".join(
        f"{number}. {turn.time_label(session.starts_at)}"
        for number, session in enumerate(sessions, 1)
        if number in numbers
    )


def _send(turn: Turn, lead: Lead, copy: str, offer: Offer, change: Change, **words: str) -> UUID:
    numbers = offer.narrowed or range(1, len(offer.sessions) + 1)
    text = turn.copy.text(copy, slots=lines(turn, offer.sessions, numbers), **words)
    if slots.several_days(lead, turn.studio):
        text = f"{text}\n\n{turn.copy.text('slot_several_days')}"
    return turn.send(_body(turn, text, offer, numbers), copy=copy, lead=lead, change=change)


def _body(turn: Turn, text: str, offer: Offer, numbers: Sequence[int]) -> Body:
    """A list to tap; its text says the same, for phones that show none. Plain where WhatsApp takes no list so long."""
    if len(text) > BUTTON_TEXT_MAX:
        return Text(text=text)
    zone, tongue = holds.zone(turn.studio), language(turn)
    rows = [
        Choice(
            id=row_id(session),
            title=f"{number} · {date_words.short_label(session.starts_at, zone, tongue)}"[:ROW_TITLE_MAX],
            description=date_words.span_label(session.starts_at, session.ends_at, zone, tongue)[:ROW_DESCRIPTION_MAX],
        )
        for number, session in enumerate(offer.sessions, 1)
        if number in numbers
    ]
    rows.append(Choice(id=NONE_ROW, title=turn.copy.text("slots_none")[:ROW_TITLE_MAX]))
    return ListMenu(text=text, button=turn.copy.text("slots_button"), rows=rows)


# --- choosing -----------------------------------------------------------------------------------------------------------


def choosing(lead: Lead) -> bool:
    """Whether a slot can be chosen now."""
    if lead.offer is None or lead.handover is not None:
        return False
    return lead.status in (
        ("BOOKING_PENDING", "NEEDS_FOLLOW_UP") if lead.paid else ("AWAITING_DEPOSIT", "DEPOSIT_EXPIRED")
    )


def before(turn: Turn, lead: Lead, message: MessageReceived, said: frozenset[str]) -> str | None:
    """Take a message that may choose a slot, or tells times that would suit her. None: it is not for this rule."""
    if lead.status == "COLLECTING_TIME_WINDOWS" and lead.handover is None:
        return windows.collect(turn, lead, message, chosen=lambda: _tapped(turn, lead, message))
    if not choosing(lead) or message.kind not in _SPEAKS or not (message.text or message.choice):
        return None
    offer = lead.offer
    assert offer is not None
    if not written_after(message, offer.accepted_at, offer.began_at):
        return "before_the_offer"  # it cannot speak of what she had not read, and gets no message of its own
    if wants_none(message.text, message.choice, language(turn)):
        return _none_of_them(turn, lead)
    reading = _read(turn, offer, message)
    if isinstance(reading, Understood):
        return choose(turn, lead, offer.sessions[reading.value - 1])
    return _not_understood(turn, lead, offer, message, reading)


def _read(turn: Turn, offer: Offer, message: MessageReceived) -> Understood | Refused:
    """Her choice. Where we asked which of several she means, words are read against those alone, numbers against all."""
    zone, tongue = turn.studio.file.time_zone, language(turn)
    reading = read_choice(message.text, message.choice, offer.sessions, tongue, zone=zone, now=turn.now)
    if isinstance(reading, Understood) or not offer.narrowed:
        return reading
    few = [offer.sessions[number - 1] for number in offer.narrowed]
    again = read_choice(message.text, message.choice, few, tongue, zone=zone, now=turn.now)
    if isinstance(again, Understood):
        return replace(again, value=offer.narrowed[again.value - 1])
    return reading


def _tapped(turn: Turn, lead: Lead, message: MessageReceived) -> str | None:
    """She changes her mind while we collect times that suit her: a tapped row, or a number alone, still chooses."""
    offer = lead.offer
    plain = (message.text or "").strip()
    if offer is None or not (message.choice or plain.isdecimal()):
        return None
    reading = _read(turn, offer, message)
    return choose(turn, lead, offer.sessions[reading.value - 1]) if isinstance(reading, Understood) else None


def choose(turn: Turn, lead: Lead, session: Session) -> str:
    """Row 17: hold it and confirm it; with `before_deposit` the link for it is its confirmation. Where somebody else was
    quicker she is offered others."""
    appointment = lead.appointment
    same = appointment is not None and appointment.live and appointment.starts_at == session.starts_at
    if same and appointment is not None and (lead.slot == appointment.label or not lead.paid):
        return _said_before(turn, lead)
    if not slots.is_free(session, lead, turn.studio, turn.agenda, turn.now):
        if begin(turn, lead, copy="slots_gone") is None:
            _nothing_left(turn, lead)
        return "slot_gone"
    held = appointment if same and appointment is not None else holds.hold(turn, lead, session)
    lead = turn.lead(lead.id)
    if not lead.paid:
        deposit.request_link(turn, lead, (lead.offer.by if lead.offer is not None else None) or "her choice")
        return "slot_chosen"
    text = turn.copy.text("slot_confirmation", slot=turn.time_label(held.starts_at))
    if slots.several_days(lead, turn.studio):
        text = f"{text}\n\n{turn.copy.text('slot_several_days')}"
    change = Change(
        status="BOOKING_PENDING", reason="slot_chosen", slot=held.label, notice="slot_chosen", said=held.label
    )
    turn.send(Text(text=text), copy="slot_confirmation", lead=lead, change=change)
    return "slot_chosen"


def _said_before(turn: Turn, lead: Lead) -> str:
    """She chooses what she has chosen."""
    return waiting.status_reply(turn, lead)


def _nothing_left(turn: Turn, lead: Lead) -> None:
    """Row 18, where the table has an edge; else the artist takes over."""
    if allowed(lead.status, "COLLECTING_TIME_WINDOWS"):
        windows.ask(turn, lead)
    else:
        handover.open_handover(turn, lead, "handover", "no free slot")


def _none_of_them(turn: Turn, lead: Lead) -> str:
    _nothing_left(turn, lead)
    return "no_slot_suits"


def _not_understood(turn: Turn, lead: Lead, offer: Offer, message: MessageReceived, reading: Refused) -> str | None:
    """Several fit, or none: ask again with the list. Once a slot is chosen, words that name none are no attempt at one;
    once the link has expired, any words are the way back (None: way_back.py)."""
    chosen = lead.appointment is not None and lead.appointment.live
    if resend.again(turn, lead):
        return "sent_again"
    words = reading.reason != "several_slots" and message.choice is None
    if words and lead.status == "DEPOSIT_EXPIRED":
        return None
    if words and chosen:
        return _said_before(turn, lead)
    asides = turn.studio.file.asides
    if words and (courtesy.nothing_else(message, asides) or bare(message.text or "") in asides.nods):
        turn.say("choose_a_slot", lead=lead, change=Change(reason="still_open"))
        return "aside"
    numbers = tuple(int(number) for number in reading.words.get("numbers", "").split(",") if number)
    if numbers:
        narrowed = replace(offer, narrowed=numbers, accepted_at=None, began_at=None)
        why = turn.copy.why("slots", "several_slots", {})
        change = Change(reason="which_slot", offer=narrowed)
        _send(turn, lead, "slots_again", narrowed, change, why=why)
        return "several_slots"
    count = lead.strikes.get(STRIKES, 0) + 1
    turn.record(e.StrikeRecorded(lead_id=lead.id, key=STRIKES, strikes=count, reason=reading.reason))
    lead = turn.lead(lead.id)
    if count >= STRIKES_MAX:
        handover.open_handover(turn, lead, "handover", "three strikes at slot")
        return "no_slot"
    whole = replace(offer, narrowed=())
    why = turn.copy.why("slots", "slot_not_offered" if "named" in reading.words else "no_slot", {})
    _send(turn, lead, "slots_again", whole, Change(reason="slots_again"), why=why)
    return "no_slot"
