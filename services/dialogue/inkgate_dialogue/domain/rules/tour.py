"""DOMAIN §3 rows 8, 9, 10, 11, 12 and 28: the studio tours, and her city is not on the tour.

Judged when her country is known (where the studio does not ask for it: her city), with any answer about places and any
correction of one. The city where she lives comes first; a city that she would travel to counts as well, if she has named
one by then. Where neither is on the tour, the next stop in her own country is offered, else the next in her region, else
the next anywhere: people travel within their country sooner than abroad, and of two stops as far the earlier one comes
first. What she has declined is not offered again in the same run; what she has accepted stands, and is where she will be
tattooed: it becomes her city and country, and where she lives is kept with the tour and as history.

An answer that is neither yes nor no brings the prompt, twice; the third time the artist takes over. An offer that nobody
answered before the stop closes makes the lead STALE (a fact of time). A waitlisted client is offered a stop that opens in
her own city (or the one she named), each stop once: a timer stands at its opening, and a change of the studio file makes
every waitlisted lead look.
"""

from datetime import date, timedelta

from msgspec.structs import replace

from inkgate_common.contracts.commands import TimerFired
from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.evolve.lead import TOUR_OFFER
from inkgate_dialogue.domain.gate import move, written_after
from inkgate_dialogue.domain.lead import Change, Lead, Tour
from inkgate_dialogue.domain.questions import Reply
from inkgate_dialogue.domain.questions.places import same_place
from inkgate_dialogue.domain.questions.yes_no import yes_or_no
from inkgate_dialogue.domain.rules import handover, resend, waiting
from inkgate_dialogue.domain.rules.repair import STRIKES_MAX
from inkgate_dialogue.domain.touring import Stop, Touring, day_of, moment
from inkgate_dialogue.domain.turn import NOTHING_DUE, Turn, body_of

TIMER = "tour"
PLACES = frozenset({"location_city", "location_country", "travel_city"})


# --- rows 8 and 9: after an answer about places ------------------------------------------------------------------------


def after_answer(turn: Turn, lead: Lead, key: str) -> bool:
    """Offer the next stop, or put her on the waiting list, where the studio does not work near her."""
    touring = turn.studio.file.tour
    accepted = lead.tour is not None and lead.tour.accepted
    if touring is None or accepted or key not in PLACES or not _known(turn, lead):
        return False
    today = _today(turn)
    if any(touring.on_tour(city, country, today) for city, country in _places(lead)):
        return False
    offer_or_waitlist(turn, lead, touring, today)
    return True


def _known(turn: Turn, lead: Lead) -> bool:
    needed = "location_country" if "location_country" in turn.studio.steps else "location_city"
    return needed in lead.values and "location_city" in lead.values


def _places(lead: Lead) -> list[tuple[str, str | None]]:
    """Where she would be tattooed, with the country where it is known: where she lives, then where she would travel to."""
    city, country, travels = (lead.values.get(key) for key in ("location_city", "location_country", "travel_city"))
    found: list[tuple[str, str | None]] = [(str(city), country)] if city else []
    if isinstance(travels, dict) and travels.get("city"):
        found.append((str(travels["city"]), travels.get("country")))
    return found


def _today(turn: Turn) -> date:
    return day_of(turn.now, turn.studio.file.time_zone)


def _next_stop(turn: Turn, lead: Lead, touring: Touring, today: date) -> Stop | None:
    """The stop to offer to somebody who lives elsewhere."""
    stops = [stop for stop in touring.open_on(today) if stop.key not in lead.tours_declined]
    country = lead.values.get("location_country")
    if country is None:
        return stops[0] if stops else None
    region = turn.studio.region(country)
    ranked = sorted(stops, key=lambda stop: (stop.country != country, turn.studio.region(stop.country) is not region))
    return ranked[0] if ranked else None


def offer_or_waitlist(turn: Turn, lead: Lead, touring: Touring, today: date) -> None:
    stop = _next_stop(turn, lead, touring, today)
    if stop is None:
        change = Change(status="WAITLISTED", reason="no_stop_upcoming")
        turn.say("waitlisted", lead=lead, change=change, words={"city": _city(lead)})
        _look_when_a_stop_opens(turn, lead, touring, today)
    else:
        _offer(turn, lead, touring, stop, "tour_offer")


def _city(lead: Lead) -> str:
    return str(lead.values.get("location_city") or "")[:100]


def _offer(turn: Turn, lead: Lead, touring: Touring, stop: Stop, copy: str) -> None:
    tour = Tour(
        key=stop.key, city=stop.city, country=stop.country, starts=stop.starts, ends=stop.ends, note=stop.note,
        home={key: str(lead.values[key]) for key in ("location_city", "location_country") if key in lead.values},
    )  # fmt: skip
    change = Change(status="TOUR_CONVERSION_OFFERED", reason=copy, tour=tour)
    body = body_of(turn.copy.tour(copy, tour, city=_city(lead)), turn.copy.buttons(TOUR_OFFER))
    turn.send(body, copy=copy, lead=lead, change=change)
    turn.timer(TIMER, moment(touring.closes_on(stop) + timedelta(days=1), turn.studio.file.time_zone))


# --- rows 10, 11 and 12: her answer ------------------------------------------------------------------------------------


def answer(turn: Turn, lead: Lead, message: MessageReceived, reply: Reply) -> str:
    """Judge a message of a lead to whom a stop was offered. Returns the verdict."""
    tour, touring = lead.tour, turn.studio.file.tour
    if tour is None:
        return waiting.status_reply(turn, lead)
    if not written_after(message, tour.asked.accepted_at, tour.asked.began_at):
        return "written_before_question"
    said = reply.choice == "yes" if reply.choice in ("yes", "no") else yes_or_no(reply.text)
    if said is None:
        return _unclear(turn, lead, tour)
    if not said:
        _decline(turn, lead, tour)
    elif touring is not None and tour.key not in {stop.key for stop in touring.open_on(_today(turn))}:
        offer_or_waitlist(turn, lead, touring, _today(turn))  # it closed, or the studio took it off, while she thought
        return "stop_is_over"
    else:
        _accept(turn, lead, tour)
    return "answer"


def _accept(turn: Turn, lead: Lead, tour: Tour) -> None:
    """On with the questions, or complete; the tour and her place wait for the delivery like the status."""
    accepted = replace(tour, accepted=True)
    text = turn.copy.tour("tour_accepted", tour)
    upcoming = next((key for key in turn.studio.questions if key not in lead.answers), None)
    if upcoming is None:
        change = Change(
            status="PENDING_APPROVAL", reason="tour_offer_accepted", marks=("completed",), notice="completed",
            tour=accepted,
        )  # fmt: skip
        body = body_of(f"{text}\n\n{turn.copy.text('completion')}")
    else:
        change = Change(status="QUALIFYING", question=upcoming, reason="tour_offer_accepted", tour=accepted)
        body = body_of(f"{text}\n\n{turn.copy.question(upcoming)}", turn.copy.buttons(upcoming))
    turn.send(body, copy="tour_accepted", lead=lead, change=change)


def _decline(turn: Turn, lead: Lead, tour: Tour) -> None:
    change = Change(status="WAITLISTED", reason="tour_offer_declined", tour=replace(tour, accepted=False))
    turn.say("tour_declined", lead=lead, change=change)
    if turn.studio.file.tour is not None:
        _look_when_a_stop_opens(turn, lead, turn.studio.file.tour, _today(turn))


def after_correction(turn: Turn, lead: Lead, key: str, what: str) -> None:
    """She corrected an answer at the offer: a new place is judged anew; else the offer stands."""
    if resend.again(turn, lead) or after_answer(turn, lead, key):
        return
    said = turn.copy.text("corrected", what=what)
    upcoming = next((name for name in turn.studio.questions if name not in lead.answers), None)
    if key not in PLACES and lead.tour is not None:
        body = body_of(f"{said}\n\n{turn.copy.tour('tour_prompt', lead.tour)}", turn.copy.buttons(TOUR_OFFER))
        turn.send(body, copy="corrected", lead=lead, change=Change(reason="corrected"))
    elif upcoming is not None:
        change = Change(status="QUALIFYING", question=upcoming, reason="near_us_after_all")
        turn.say("corrected", lead=lead, change=change, words={"what": what}, question=upcoming)
    else:
        change = Change(status="PENDING_APPROVAL", reason="near_us_after_all", marks=("completed",), notice="completed")
        turn.say("completion", lead=lead, change=change)


def _unclear(turn: Turn, lead: Lead, tour: Tour) -> str:
    """Ask again; the third time the artist takes over."""
    if resend.again(turn, lead):
        return "sent_again"
    strikes = lead.strikes.get(TOUR_OFFER, 0) + 1
    turn.record(e.StrikeRecorded(lead_id=lead.id, key=TOUR_OFFER, strikes=strikes, reason="not_yes_or_no"))
    lead = turn.lead(lead.id)
    if strikes >= STRIKES_MAX:
        handover.open_handover(turn, lead, "handover", "three strikes at the tour offer")
        return "not_understood"
    body = body_of(turn.copy.tour("tour_prompt", tour), turn.copy.buttons(TOUR_OFFER))
    turn.send(body, copy="tour_prompt", lead=lead, change=Change(reason="tour_prompt"))
    return "not_understood"


# --- row 28: a stop opens where she waits, and an offer that nobody answered -------------------------------------------


def due(turn: Turn, fired: TimerFired) -> str:
    """What the tour asks for now: `offer`, `over`, `not_yet` or `nothing_due`."""
    lead, touring = turn.state.lead, turn.studio.file.tour
    if lead is None or turn.state.silent:
        return NOTHING_DUE
    if lead.status == "TOUR_CONVERSION_OFFERED" and lead.tour is not None:
        over = touring is None or all(stop.key != lead.tour.key for stop in touring.open_on(_today(turn)))
        return "over" if over else "not_yet"
    if lead.status != "WAITLISTED" or touring is None:
        return NOTHING_DUE
    return "offer" if _opened(turn, lead, touring) is not None else "not_yet"


def act(turn: Turn, fired: TimerFired, what: str) -> None:
    """Offer the stop that has opened, let an old offer go, or look again when the next one opens."""
    lead, touring = turn.state.lead, turn.studio.file.tour
    if lead is None or what == NOTHING_DUE:
        return
    if what == "over":
        move(turn, lead, "STALE", "tour_offer_over")
        return
    if touring is None:
        return
    today = _today(turn)
    if what == "not_yet":
        if lead.status == "WAITLISTED":
            _look_when_a_stop_opens(turn, lead, touring, today)
        elif lead.tour is not None:
            turn.timer(TIMER, moment(max(lead.tour.ends, today) + timedelta(days=1), turn.studio.file.time_zone))
        return
    stop = _opened(turn, lead, touring)
    if lead.handover is not None or (turn.state.retry is not None and turn.state.retry.lead_id == lead.id):
        # The artist has her, or the offer could not be delivered: look again tomorrow.
        turn.timer(TIMER, moment(today + timedelta(days=1), turn.studio.file.time_zone))
    elif stop is not None:
        _offer(turn, lead, touring, stop, "tour_opens")


def _opened(turn: Turn, lead: Lead, touring: Touring) -> Stop | None:
    """The first stop that is open in a place of hers and that she has not declined."""
    return next((stop for stop in touring.open_on(_today(turn)) if _hers(lead, stop)), None)


def _hers(lead: Lead, stop: Stop) -> bool:
    near = any(same_place(city, country, stop.city, stop.country) for city, country in _places(lead))
    return near and stop.key not in lead.tours_declined


def _look_when_a_stop_opens(turn: Turn, lead: Lead, touring: Touring, today: date) -> None:
    openings = [touring.opens_on(stop) for stop in touring.stops if _hers(lead, stop)]
    upcoming = [day for day in openings if day > today]
    if upcoming:
        turn.timer(TIMER, moment(min(upcoming), turn.studio.file.time_zone))
