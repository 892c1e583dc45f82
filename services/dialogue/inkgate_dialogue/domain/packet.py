"""DOMAIN §5, the handover packet: why, who, what was answered, what was not understood, the estimate, what she wrote last,
and links to what can be done about it. Internal: an estimate is never shown to clients."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from inkgate_dialogue.domain import possible
from inkgate_dialogue.domain.amounts import amount
from inkgate_dialogue.domain.copy import shortened
from inkgate_dialogue.domain.copy_tables import TEXT_MAX
from inkgate_dialogue.domain.lead import Conversation, Lead
from inkgate_dialogue.domain.questions.reading import bare
from inkgate_dialogue.domain.rules import estimate
from inkgate_dialogue.domain.studio import Studio

ANSWER_MAX = 300
CODE_CHARS = 4

# Notice → what can be done about it, each as a link where links can be made.
OFFERS: dict[str, tuple[str, ...]] = {
    "completed": ("approve", "reject", "ask"),
    "handover": ("resume", "ask", "approve", "reject"),
    "takeover": ("resume",),
    "budget_low": ("approve", "ask", "reject"),
    "paid": ("book", "ask"),
    "paid_unexpectedly": ("refund", "ask"),
    "paid_twice": ("refund",),
    "deposit_failed": ("send_deposit",),
    "slot_chosen": ("book", "ask"),
    "client_answered": ("approve", "ask", "reject"),
    "windows": ("ask", "offer_slots"),
    "calendar_unread": ("ask",),
    "refund_asked": ("refund", "resume", "ask"),
    "erase_asked": ("erase",),
    "send_failed": ("resend", "force"),
}

# What these give as their reason was recorded by a rule, in words of its own.
_TAKES_OVER = frozenset({"handover", "handover_waiting"})
# A decision that came too late is not offered; the others are checked when the link is used.
_POSSIBLE: dict[str, Callable[[Lead], bool]] = {
    "approve": possible.approve,
    "reject": possible.reject,
    "refund": possible.refund,
}


def _always(_: Lead) -> bool:
    return True


def code_of(lead_id: UUID) -> str:
    """What an artist calls a lead by when she answers a notice."""
    return lead_id.hex[:CODE_CHARS].upper()


def text(notice: str, lead: Lead, person: Conversation, studio: Studio, now: datetime, words: dict[str, Any]) -> str:
    """The notice as one message. Texts of hers are shortened; the links and the reason always stand in it."""
    if notice in _TAKES_OVER:
        words = words | {"reason": studio.copy.reason(words.get("reason", ""))}
    head = [studio.copy.notice(notice, **words), " · ".join((*_who(person, studio), f"#{code_of(lead.id)}"))]
    links = list(_links(notice, lead, studio, now))
    body = [
        *_answers(lead, studio),
        *_slot(lead),
        *_tour(lead, studio),
        *_estimate(lead, studio),
        *_last(person, studio),
    ]
    room = TEXT_MAX - sum(len(line) + 1 for line in (*head, *links)) - 4
    return "\n".join(
        [*head, *(["", shortened("\n".join(body), room)] if body else []), *(["", *links] if links else [])]
    )


def _who(person: Conversation, studio: Studio) -> Iterator[str]:
    yield shortened(" ".join((person.profile_name or studio.copy.packet["nobody"]).split()), 60)
    yield f"+{person.phone}" if person.phone else person.user_id or studio.copy.packet["no_number"]
    if person.language is not None and person.language != studio.file.language:
        yield person.language


def _answers(lead: Lead, studio: Studio) -> Iterator[str]:
    """Each answer as it was understood, and in her words where they are others."""
    labels = studio.copy.labels
    for key, text in lead.answers.items():
        unread = lead.strikes.get(key, 0)
        as_told = told(key, text, lead.values.get(key), studio)
        yield f"{labels.get(key, key)}: {as_told}{f' (×{unread})' if unread else ''}"
    for key, unread in lead.strikes.items():
        if key not in lead.answers:
            yield f"{labels.get(key, key)}: – (×{unread})"


def told(key: str, text: str, value: Any, studio: Studio) -> str:
    """An answer as it was understood, and in her words where they are others: `8 × 12 cm ('palm sized')`."""
    said = shortened(" ".join(text.split()), ANSWER_MAX)
    understood = _understood(key, said, value, studio)
    # What told the country was the city.
    quoted = bare(understood) != bare(said) and key != "location_country"
    return f"{understood} ('{said}')" if quoted else understood


def _understood(key: str, said: str, value: Any, studio: Studio) -> str:
    copy = studio.copy
    match key, value:
        case ("dimensions" | "budget" | "location_city" | "location_country", _) | ("travel_city", {"city": str()}):
            return copy.meant(key, said, value, studio.file.currency)
        case "complexity", int():
            return next((choice.title for choice in copy.buttons(key) if choice.id == str(value)), said)
        case "timing", str() if value in copy.packet:
            return copy.packet[value]
        case "instagram_handle", {"handle": str() as handle}:
            return f"@{handle}"
        case ("instagram_handle", {"handle": None}) | ("travel_city", {"city": None}):
            return "–"
        case _, bool():
            return copy.packet["yes" if value else "no"]
    return said


def _slot(lead: Lead) -> Iterator[str]:
    if lead.slot:
        yield f"slot: {lead.slot}"


def _tour(lead: Lead, studio: Studio) -> Iterator[str]:
    tour, packet = lead.tour, studio.copy.packet
    if tour is not None:
        said = {None: "tour_offered", True: "tour_accepted", False: "tour_declined"}[tour.accepted]
        yield packet[said].format(place=tour.city, dates=studio.copy.dates.between(tour.starts, tour.ends))


def _estimate(lead: Lead, studio: Studio) -> Iterator[str]:
    if "dimensions" not in lead.values and "complexity" not in lead.values:
        return
    category = estimate.category(lead, studio)
    days = f", {estimate.xl_days(lead, studio):g} d" if category == "XL" else ""
    deposit = amount(estimate.deposit_pence(lead, studio), studio.file.currency)
    least, most = (amount(pence, studio.file.currency) for pence in estimate.price_range(lead, studio))
    price = f"{least}–{most}"
    yield studio.copy.packet["estimate"].format(category=f"{category}{days}", deposit=deposit, price=price)


def _last(person: Conversation, studio: Studio) -> Iterator[str]:
    if person.heard:
        yield studio.copy.packet["last"]
        for said in person.heard:
            yield f"– {said}"


def _links(notice: str, lead: Lead, studio: Studio, now: datetime) -> Iterator[str]:
    if studio.links is None:
        return
    expires_at = now + timedelta(seconds=studio.timers.link_s)
    for action in OFFERS.get(notice, ()):
        if not _POSSIBLE.get(action, _always)(lead):
            continue
        yield f"{studio.copy.links[action]}: {studio.links.url(lead.id, action, lead.status, expires_at)}"
