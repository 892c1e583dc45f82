"""The artist books: the slot that was chosen, a time, or in words."""

import pytest

from inkgate_dialogue.domain import events as e
from tests.builders.conversations import Conversing
from tests.builders.leads import a_studio
from tests.dialogue.checks import (
    gate,
    had,
    holds,
    lead_is,
    nothing_changed,
    recorded,
    refused,
    says,
    says_nothing,
    status,
    tells_the_artist,
    text,
)  # fmt: skip
from tests.dialogue.language import a_lead_in, given, slots
from tests.dialogue.steps import (
    delivered,
    fails,
    fails_late,
    is_refunded,
    operator,
    others_take,
    she_says,
    stands_in,
    time_passes,
)  # fmt: skip

AFTER, BEFORE = "after_deposit", "before_deposit"
CHOSEN = "Wednesday 7 January, 13:30"
FREE = "2026-01-09T10:00"  # the sixth of those on offer, in the studio's time


def with_links(world: Conversing) -> Conversing:
    from msgspec.structs import replace

    twin = world.fork()
    twin.agenda = replace(twin.agenda, public_url="https://studio.example")
    return twin


@pytest.mark.domain("3.20")
def test_the_chosen_slot_is_booked_without_naming_it() -> None:
    given(slots(AFTER, "chosen")).when(operator("book")).then(
        says("booking_confirmation"), text(CHOSEN), gate(f"BOOKING_PENDING → BOOKED, slot {CHOSEN}"), holds(3)
    )
    given(slots(AFTER, "chosen"), operator("book")).when(delivered()).then(
        status("BOOKED"), lead_is(slot=CHOSEN), holds(3, state="booked")
    )
    given(slots(AFTER, "chosen"), operator("book")).when(fails()).then(
        status("BOOKING_PENDING"), nothing_changed(), holds(3)
    )


@pytest.mark.domain("3.20")
def test_a_slot_paid_for_is_booked_the_same_way() -> None:
    given(slots(BEFORE, "paid"), operator("book")).when(delivered()).then(status("BOOKED"), holds(3, state="booked"))


@pytest.mark.domain("3.20")
def test_without_a_chosen_slot_one_must_be_named() -> None:
    given(slots(AFTER, "offered")).when(operator("book")).then(refused("no slot is chosen"), says_nothing())
    given(a_lead_in("BOOKING_PENDING")).when(operator("book")).then(refused("2026-01-10T11:00"))


@pytest.mark.domain("3.20")
def test_a_time_takes_the_slot_and_gives_the_other_back() -> None:
    given(slots(AFTER, "chosen")).when(operator("book", slot=FREE)).then(
        recorded(e.SlotHeld), holds(6), gate("BOOKING_PENDING → BOOKED, slot Friday 9 January, 10:00")
    )
    given(a_lead_in("BOOKING_PENDING"), operator("book", slot=FREE)).when(delivered()).then(
        had("booked"), status("BOOKED")
    )
    given(a_lead_in("BOOKING_PENDING")).when(operator("book", slot="2026-01-09T10:00+01:00")).then(
        gate("BOOKING_PENDING → BOOKED, slot Friday 9 January, 09:00")
    )


@pytest.mark.domain("3.20")
def test_words_book_too_and_release_the_time_that_was_held_once_she_is_told() -> None:
    worded = given(slots(AFTER, "chosen")).when(operator("book", slot="Sat 10 Jan, 11:00"))
    worded.then(gate("BOOKING_PENDING → BOOKED, slot Sat 10 Jan, 11:00"), holds(3))
    given(worded.world).when(delivered()).then(
        status("BOOKED"), had("released"), recorded(e.SlotReleased, reason="booked_otherwise")
    )
    given(worded.world).when(fails()).then(holds(3), nothing_changed())


@pytest.mark.domain("5.slots")
@pytest.mark.parametrize(
    ("slot", "reason"),
    [
        ("2026-01-01T10:00", "has passed"),
        ("2026-13-01T10:00", "is no time"),
        ("2026-03-29T01:30", "clocks change"),
        ("2026-10-25T01:30", "clocks change"),
    ],
)
def test_a_time_that_cannot_be_is_refused_with_what_would_be_right(slot: str, reason: str) -> None:
    given(a_lead_in("BOOKING_PENDING")).when(operator("book", slot=slot)).then(
        refused(reason), nothing_changed(), says_nothing()
    )


@pytest.mark.domain("5.slots")
@pytest.mark.parametrize("slot", [FREE, "2026-01-09T12:30", "2026-01-09T07:15"])
def test_two_clients_never_have_one_time_however_it_is_booked(slot: str) -> None:
    given(slots(AFTER, "offered"), others_take(6)).when(operator("book", slot=slot)).then(
        refused("held or booked for another client"), nothing_changed(), says_nothing()
    )


@pytest.mark.domain("5.slots")
def test_the_chosen_slot_cannot_be_booked_once_it_has_passed() -> None:
    given(slots(AFTER, "chosen"), time_passes(days=4)).when(operator("book")).then(refused("has passed"))


@pytest.mark.domain("5.slots")
def test_the_confirmation_has_the_link_to_its_invitation() -> None:
    world = with_links(slots(AFTER, "chosen"))
    token = world.lead.appointment.token  # type: ignore[union-attr]
    given(world).when(operator("book")).then(text(f"https://studio.example/appointments/{token}.ics"))
    given(with_links(a_lead_in("BOOKING_PENDING"))).when(operator("book", slot="Sat 11:00")).then(
        text("You are booked: Sat 11:00. See you then!")
    )


# --- holds end ----------------------------------------------------------------------------------------------------------


@pytest.mark.domain("5.slots")
@pytest.mark.parametrize(
    ("end", "reason"), [(operator("cancel"), "cancelled"), (is_refunded(), "refunded")], ids=["cancelled", "refunded"]
)
@pytest.mark.parametrize("stage", ["chosen", "booked"])
def test_the_slot_is_free_once_it_is_cancelled_or_refunded(stage: str, end: object, reason: str) -> None:
    given(slots(AFTER, stage), end, delivered()).then(had("released"))  # type: ignore[arg-type]


@pytest.mark.domain("5.slots")
@pytest.mark.domain("3.29")
def test_a_cancellation_waits_for_its_message_and_so_does_the_slot() -> None:
    given(slots(AFTER, "booked")).when(operator("cancel")).then(holds(3, state="booked"))
    given(slots(AFTER, "booked"), operator("cancel")).when(fails()).then(holds(3, state="booked"), status("BOOKED"))
    given(slots(AFTER, "booked"), operator("cancel")).when(delivered()).then(
        recorded(e.SlotReleased, reason="cancelled")
    )


@pytest.mark.domain("5.slots")
@pytest.mark.domain("3.29")
def test_a_cancellation_that_did_not_arrive_takes_the_time_again_or_tells_the_artist() -> None:
    cancelled = given(slots(AFTER, "booked"), operator("cancel"), delivered()).world
    given(cancelled).when(fails_late("cancellation")).then(status("BOOKED"), holds(3, state="booked"))
    given(cancelled, others_take(3)).when(fails_late("cancellation")).then(
        status("BOOKED"), had("released"), tells_the_artist("send_failed", "slot_lost")
    )


@pytest.mark.domain("5.slots")
def test_a_rejection_or_an_opt_out_releases_what_is_not_paid() -> None:
    given(slots(BEFORE, "chosen"), operator("reject")).when(delivered()).then(had("released"), status("REJECTED"))
    given(slots(BEFORE, "chosen")).when(she_says("STOP")).then(had("released"), recorded(e.SlotReleased))


@pytest.mark.domain("5.slots")
def test_what_is_paid_stays_hers_when_she_opts_out() -> None:
    given(slots(AFTER, "chosen")).when(she_says("STOP")).then(holds(3))
    given(slots(AFTER, "chosen"), she_says("STOP"), delivered()).when(operator("book")).then(
        status("BOOKED"), holds(3, state="booked"), says_nothing()
    )


@pytest.mark.domain("5.slots")
def test_an_unpaid_lead_that_the_artist_books_keeps_its_time() -> None:
    asked = given(a_lead_in("NEEDS_ARTIST_REPLY"), operator("book", slot=FREE)).then(had("held")).world
    given(asked).when(fails()).then(had("held"), status("NEEDS_ARTIST_REPLY"))
    given(asked).when(delivered()).then(had("booked"), status("BOOKED"))


@pytest.mark.domain("5.slots")
def test_a_booking_taken_back_is_held_again() -> None:
    given(slots(AFTER, "booked")).when(fails_late("booking_confirmation")).then(status("BOOKING_PENDING"), holds(3))


@pytest.mark.domain("5.slots")
def test_each_change_of_the_appointment_counts() -> None:
    first = slots(AFTER, "chosen").lead.appointment
    then = given(slots(AFTER, "chosen"), she_says("5"), delivered()).world.lead.appointment
    assert first is not None and then is not None
    assert (first.sequence, then.sequence, then.token == first.token) == (0, 1, True)


@pytest.mark.domain("5.slots")
def test_in_a_studio_without_slots_a_forbidden_status_refuses_as_ever() -> None:
    given(a_lead_in("BOOKING_PENDING"), stands_in("REFUNDED")).when(operator("book", slot=FREE)).then(
        refused("REFUNDED")
    )
    assert a_studio().file.slots == "none"
