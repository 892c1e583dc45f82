"""What operators may do, from which status (PROTOCOL §4, DOMAIN §5 Artist actions)."""

import pytest

from inkgate_common.contracts.payment_commands import RefundRequested
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.rules.actions import ACTIONS, allowed_now, bad_arguments
from tests.dialogue.checks import (
    asks_for,
    asks_payments,
    gate,
    lead_is,
    no_gate,
    nothing_changed,
    recorded,
    refused,
    says,
    says_nothing,
    status,
    step,
    text,
)
from tests.dialogue.language import a_lead_at, a_lead_in, given
from tests.dialogue.steps import Step, delivered, fails, operator, she_says, stands_in

WITH = {"ask": {"text": "Hello"}, "book": {"slot": "Sat 11:00"}, "change_deposit": {"amount_pence": 20_000},
        "judge": {"message_id": "wamid.IN1"}}  # fmt: skip

POSSIBLE = {
    "QUALIFYING": {"ask", "change_deposit", "reject", "follow_up", "close"},
    "PENDING_APPROVAL": {"approve", "reject", "ask", "send_deposit", "change_deposit", "follow_up", "close"},
    "AWAITING_DEPOSIT": {"reject", "ask", "send_deposit", "follow_up"},
    "DEPOSIT_EXPIRED": {"reject", "ask", "send_deposit", "change_deposit"},
    "BOOKING_PENDING": {"ask", "book", "cancel", "offer_slots", "refund", "follow_up"},
    "BOOKED": {"ask", "cancel", "refund", "no_show", "complete"},
    "NEEDS_ARTIST_REPLY": {
        "approve", "reject", "ask", "resume", "send_deposit", "change_deposit", "book", "cancel", "close",
    },
    "NEEDS_FOLLOW_UP": {
        "approve", "reject", "ask", "resume", "send_deposit", "change_deposit", "book", "cancel", "close",
    },
    "CANCELLED": {"ask", "refund"},
    "COMPLETED": {"ask", "refund"},
    "REJECTED": {"ask"},
    "REFUNDED": {"ask"},
    "ABANDONED": {"ask", "change_deposit"},
    "OPTOUT": {"change_deposit"},
}  # fmt: skip


ALWAYS = {"erase"}


def the_lead(where: str) -> given:
    return given(a_lead_at("style") if where == "QUALIFYING" else a_lead_in(where))


@pytest.mark.parametrize("where", POSSIBLE)
def test_a_status_admits_these_actions_and_says_so(where: str) -> None:
    world = the_lead(where).world
    from msgspec.structs import replace

    state = replace(world.state, leads={world.lead.id: world.lead})
    assert set(allowed_now(state, world.lead)) == POSSIBLE[where] | ALWAYS


@pytest.mark.parametrize("where", POSSIBLE)
@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_what_it_does_not_admit_is_refused_recorded_and_changes_nothing(where: str, action: str) -> None:
    if action in POSSIBLE[where] | ALWAYS:
        the_lead(where).when(operator(action, **WITH.get(action, {}))).then(recorded(e.ActionTaken, action=action))
    else:
        the_lead(where).when(operator(action, **WITH.get(action, {}))).then(
            refused(), nothing_changed(), says_nothing()
        )


def test_a_refusal_tells_what_would_be_allowed_now() -> None:
    given(a_lead_in("PENDING_APPROVAL")).when(operator("book", slot="Sat 11:00")).then(
        refused("not possible in PENDING_APPROVAL", allowed="approve")
    )


@pytest.mark.domain("3.15", "3.20", "3.29", "5.actions")
@pytest.mark.parametrize(
    ("action", "where", "copy", "change"),
    [
        (operator("reject", reason="Not my style."), "PENDING_APPROVAL", "rejection", "PENDING_APPROVAL → REJECTED"),
        (operator("book", slot="Sat 11:00"), "BOOKING_PENDING", "booking_confirmation",
         "BOOKING_PENDING → BOOKED, slot Sat 11:00"),
        (operator("cancel", reason="I am ill."), "BOOKED", "cancellation", "BOOKED → CANCELLED"),
    ],
)  # fmt: skip
def test_the_change_waits_for_its_message(action: Step, where: str, copy: str, change: str) -> None:
    given(a_lead_in(where)).when(action).then(says(copy), gate(change), status(where))
    given(a_lead_in(where), action).when(delivered()).then(status(change.split(" → ")[1].split(",")[0]), no_gate())
    given(a_lead_in(where), action).when(fails()).then(status(where), nothing_changed())


def test_a_reason_reaches_the_client() -> None:
    given(a_lead_in("PENDING_APPROVAL")).when(operator("reject", reason="Not my style.")).then(text("Not my style."))


def test_the_artist_answers_by_hand() -> None:
    given(a_lead_in("NEEDS_ARTIST_REPLY")).when(operator("ask", text="Which {side}?")).then(
        says("ask"), text("Which {side}?"), gate("none"), status("NEEDS_ARTIST_REPLY")
    )


def test_a_slot_is_recorded_with_the_booking() -> None:
    given(a_lead_in("BOOKING_PENDING"), operator("book", slot="Sat 11:00")).when(delivered()).then(
        lead_is(slot="Sat 11:00"), status("BOOKED")
    )


def test_the_deposit_can_be_changed_before_it_is_locked() -> None:
    given(a_lead_in("PENDING_APPROVAL"), operator("change_deposit", amount_pence=27_500)).when(
        operator("approve")
    ).then(asks_for(27_500))


def test_a_refund_is_asked_of_payments_and_the_money_is_recorded_when_stripe_says_so() -> None:
    given(a_lead_in("BOOKED")).when(operator("refund", amount_pence=5_000)).then(
        asks_payments(RefundRequested), nothing_changed(), says_nothing()
    )


@pytest.mark.parametrize(("action", "end"), [("no_show", "NO_SHOW"), ("complete", "COMPLETED")])
def test_no_show_and_complete_are_facts(action: str, end: str) -> None:
    given(a_lead_in("BOOKED")).when(operator(action)).then(status(end), says_nothing(), no_gate())


def test_every_action_is_audited_with_who() -> None:
    given(a_lead_in("PENDING_APPROVAL")).when(operator("approve")).then(
        recorded(e.ActionTaken, action="approve", by="mia")
    )


def test_an_unknown_action_or_lead_is_refused() -> None:
    given(a_lead_at("style")).when(operator("dance")).then(refused("unknown action"))


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("ask", {}),
        ("ask", {"text": "  "}),
        ("ask", {"text": "x" * 1_501}),
        ("ask", {"text": 7}),
        ("book", {"slot": 7}),
        ("change_deposit", {"amount_pence": 99}),
        ("change_deposit", {"amount_pence": True}),
        ("change_deposit", {"amount_pence": "20000"}),
        ("refund", {"amount_pence": 2_000_000}),
        ("reject", {"reason": "x", "colour": "red"}),
        ("judge", {"message_id": ["x"]}),
    ],
)
def test_wrong_arguments_are_refused_with_what_is_wrong(action: str, arguments: dict[str, object]) -> None:
    assert bad_arguments(action, arguments)
    where = {"book": "BOOKING_PENDING", "refund": "BOOKED"}.get(action, "PENDING_APPROVAL")
    given(a_lead_in(where)).when(operator(action, **arguments)).then(refused(), nothing_changed(), says_nothing())


def test_a_forbidden_transition_changes_nothing_however_it_is_asked_for() -> None:
    odd = given(a_lead_in("BOOKING_PENDING"), operator("book", slot="Sat 11:00"), stands_in("REFUNDED")).world
    given(odd).when(delivered()).then(status("REFUNDED"), nothing_changed())


def test_actions_are_judged_in_their_order_like_everything_else() -> None:
    given(a_lead_in("PENDING_APPROVAL"), she_says("hm?"), operator("reject"), operator("approve")).when(
        delivered("ask"), delivered("rejection")
    ).then(status("REJECTED"), refused(), step("timing"))
