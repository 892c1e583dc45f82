"""Money (DOMAIN §3 rows 14, 16, 30, §3b, §4): what Stripe reports is a fact, recorded at once and never refused."""

from uuid import uuid4

import pytest

from inkgate_common.contracts.payment_commands import DepositCancelled, DepositRequested
from inkgate_dialogue.domain import events as e
from tests.dialogue.checks import (
    asks_for,
    asks_payments,
    calls_off,
    deposit,
    flag,
    gate,
    gate_ended,
    lead_is,
    no_gate,
    nothing_changed,
    recorded,
    refused,
    same_version,
    says,
    says_nothing,
    sending,
    status,
    tells_nobody,
    tells_the_artist,
    text,
    waiting,
)
from tests.dialogue.language import a_lead_at, a_lead_in, answers_until, given
from tests.dialogue.steps import (
    delivered,
    fails,
    is_disputed,
    is_refunded,
    link_cannot_be_made,
    link_expires,
    link_is_created,
    operator,
    payment_fails,
    refund_fails,
    she_pays,
    she_says,
    stands_in,
)

APPROVED = given(a_lead_in("PENDING_APPROVAL"), operator("approve")).world
LINKED = given(APPROVED, link_is_created()).world
AWAITING = a_lead_in("AWAITING_DEPOSIT")


# --- the link ----------------------------------------------------------------------------------------------------------


def test_approving_asks_for_a_link_over_the_sum_of_the_piece() -> None:
    given(a_lead_in("PENDING_APPROVAL")).when(operator("approve")).then(
        asks_payments(DepositRequested),
        asks_for(15_000),
        deposit("requested"),
        says_nothing(),
        status("PENDING_APPROVAL"),
    )


def test_the_sum_is_locked_with_who_and_when_once_the_link_is_asked_for() -> None:
    locked = APPROVED.lead.deposit
    assert locked is not None
    assert (locked.locked_by, locked.locked_at) == ("mia", APPROVED.now)
    given(APPROVED).when(operator("change_deposit", amount_pence=20_000)).then(refused(), deposit("requested"))


@pytest.mark.domain("3.14")
def test_the_link_goes_out_with_the_amount_and_the_status_waits_for_it() -> None:
    given(APPROVED).when(link_is_created("https://pay.example/x")).then(
        says("deposit_link"), text("£150", "https://pay.example/x"), gate("PENDING_APPROVAL → AWAITING_DEPOSIT"),
    )  # fmt: skip
    given(LINKED).when(delivered()).then(status("AWAITING_DEPOSIT"))


@pytest.mark.domain("3.14")
def test_a_link_that_could_not_be_delivered_goes_out_as_it_is_when_asked_for_again() -> None:
    failed = given(LINKED, fails()).then(status("PENDING_APPROVAL"), flag("send_failed")).world
    given(failed).when(operator("send_deposit")).then(says("deposit_link"), asks_payments(), text("cs_1"))
    given(failed).when(operator("resend")).then(says("deposit_link"), asks_payments())


def test_a_link_that_is_being_made_is_not_asked_for_twice() -> None:
    given(APPROVED).when(operator("send_deposit")).then(asks_payments(), recorded(e.Note), recorded(e.ActionTaken))


def test_a_link_that_cannot_be_made_is_flagged_and_the_artist_is_told() -> None:
    given(APPROVED).when(link_cannot_be_made()).then(
        deposit("request_failed"),
        flag("deposit_failed"),
        tells_the_artist("deposit_failed"),
        status("PENDING_APPROVAL"),
    )
    given(APPROVED, link_cannot_be_made()).when(operator("send_deposit")).then(asks_payments(DepositRequested))


def test_a_new_link_expires_the_one_that_stands_open() -> None:
    given(AWAITING).when(operator("send_deposit")).then(
        asks_payments(DepositCancelled, DepositRequested), status("AWAITING_DEPOSIT")
    )


def test_the_link_waits_where_something_is_under_way() -> None:
    given(APPROVED, she_says("any news?")).when(link_is_created()).then(waiting(1), says_nothing())
    given(APPROVED, she_says("any news?"), link_is_created()).when(delivered()).then(says("deposit_link"))


def test_a_link_is_no_longer_wanted_where_she_was_rejected_meanwhile() -> None:
    given(APPROVED, operator("reject"), delivered()).when(link_is_created()).then(recorded(e.Note), says_nothing())


# --- paid --------------------------------------------------------------------------------------------------------------


@pytest.mark.domain("3.16", "3b.money")
def test_a_payment_is_recorded_at_once_and_booking_pending_waits_for_its_confirmation() -> None:
    given(AWAITING).when(she_pays()).then(
        status("DEPOSIT_PAID"), deposit("paid", paid=15_000), says("payment_confirmation"), text("£150"),
        gate("DEPOSIT_PAID → BOOKING_PENDING"), tells_nobody(),
    )  # fmt: skip
    given(AWAITING, she_pays()).when(delivered()).then(status("BOOKING_PENDING"), tells_the_artist("paid"))


@pytest.mark.domain("3.16", "3b.money")
def test_a_confirmation_that_fails_leaves_the_money_recorded() -> None:
    given(AWAITING, she_pays()).when(fails()).then(
        status("DEPOSIT_PAID"), deposit("paid", paid=15_000), flag("send_failed")
    )
    given(AWAITING, she_pays(), fails()).when(she_says("did it arrive?")).then(
        says("payment_confirmation"), gate("DEPOSIT_PAID → BOOKING_PENDING")
    )


def test_paying_after_the_link_expired_still_counts() -> None:
    given(a_lead_in("DEPOSIT_EXPIRED")).when(she_pays(after_expiry=True)).then(
        status("DEPOSIT_PAID"), says("payment_confirmation")
    )


def test_paying_twice_is_never_lost_and_doubles_no_transition_and_no_notice() -> None:
    twice = given(AWAITING, she_pays(), delivered()).when(she_pays(second=True))
    twice.then(
        deposit("paid", paid=30_000), flag("paid_twice"), tells_the_artist("paid_twice"), says_nothing(),
        status("BOOKING_PENDING"), recorded(e.StatusChanged, times=0),
    )  # fmt: skip


@pytest.mark.parametrize("gone", ["ABANDONED", "STALE"])
def test_a_link_paid_after_all_brings_back_a_lead_that_had_gone(gone: str) -> None:
    given(AWAITING, stands_in(gone, stopped_from="AWAITING_DEPOSIT")).when(she_pays()).then(status("DEPOSIT_PAID"))


@pytest.mark.parametrize("where", ["QUALIFYING", "PENDING_APPROVAL", "REJECTED", "CANCELLED"])
def test_where_the_table_has_no_edge_money_is_recorded_flagged_and_told(where: str) -> None:
    given(AWAITING, stands_in(where)).when(she_pays(command_id=uuid4())).then(
        status(where), deposit("paid", paid=15_000), flag("paid_unexpectedly"), tells_the_artist("paid_unexpectedly"),
        says_nothing(),
    )  # fmt: skip


def test_money_that_no_command_of_ours_explains_is_recorded_too() -> None:
    given(a_lead_in("PENDING_APPROVAL")).when(she_pays(command_id=None)).then(
        deposit("paid", paid=15_000), flag("paid_unexpectedly"), status("PENDING_APPROVAL")
    )


def test_a_sum_that_differs_is_recorded_as_stripe_reports_it_and_flagged() -> None:
    given(AWAITING).when(she_pays(9_900, mismatch="amount")).then(
        deposit("paid", paid=9_900), flag("deposit_mismatch"), status("DEPOSIT_PAID")
    )


def test_an_older_link_that_is_paid_calls_the_new_one_off() -> None:
    expired = a_lead_in("DEPOSIT_EXPIRED")
    assert expired.lead.deposit is not None
    old = expired.lead.deposit.command_id
    new = given(expired, operator("send_deposit"), link_is_created()).world
    paid = given(new).when(she_pays(command_id=old))
    paid.then(status("DEPOSIT_PAID"), asks_payments(DepositCancelled), calls_off("deposit_link"))
    paid.when(delivered("deposit_link")).then(status("DEPOSIT_PAID"), gate_ended("superseded", by_fact=True))
    assert paid.world.lead.deposit is not None
    assert paid.world.lead.deposit.command_id == old  # what a refund has to name


# --- failed, expired ---------------------------------------------------------------------------------------------------


def test_a_payment_that_failed_is_told_with_the_same_link_and_gates_nothing() -> None:
    given(AWAITING).when(payment_fails()).then(
        deposit("payment_failed"), says("payment_failed"), text("cs_1"), no_gate(), sending(gating=False),
        status("AWAITING_DEPOSIT"),
    )  # fmt: skip


def test_a_payment_that_failed_may_still_be_made() -> None:
    given(AWAITING, payment_fails()).when(she_pays()).then(status("DEPOSIT_PAID"), deposit("paid", paid=15_000))


def test_a_failed_payment_of_a_link_that_is_over_counts_no_longer() -> None:
    over = given(AWAITING, link_expires()).world
    given(over).when(payment_fails()).then(deposit("expired"), recorded(e.Note))


def test_a_link_that_expires_is_a_fact_and_she_gets_a_way_back() -> None:
    given(AWAITING).when(link_expires()).then(
        status("DEPOSIT_EXPIRED"), deposit("expired"), says("link_expired"), no_gate(), sending(gating=False)
    )


def test_it_is_not_said_any_more_where_she_has_a_new_link_meanwhile() -> None:
    late = given(AWAITING, she_says("hm?"), link_expires()).world
    given(late, she_pays(after_expiry=True)).when(delivered()).then(says("payment_confirmation"))


def test_an_expiry_that_is_read_after_the_payment_changes_nothing() -> None:
    given(AWAITING, she_pays(), delivered()).when(link_expires()).then(
        deposit("paid", paid=15_000), status("BOOKING_PENDING"), recorded(e.Note)
    )


def test_the_expiry_of_a_link_that_was_replaced_changes_nothing() -> None:
    assert AWAITING.lead.deposit is not None
    old = AWAITING.lead.deposit.command_id
    given(AWAITING, operator("send_deposit"), link_is_created(), delivered()).when(link_expires(command_id=old)).then(
        status("AWAITING_DEPOSIT"), deposit("link_created"), recorded(e.Note)
    )


# --- refunds and disputes ----------------------------------------------------------------------------------------------


def test_a_refund_in_full_ends_the_enquiry_and_she_is_told() -> None:
    given(a_lead_in("BOOKING_PENDING")).when(is_refunded()).then(
        status("REFUNDED"), deposit("refunded", paid=15_000, refunded=15_000), says("refunded"), text("£150"), no_gate()
    )


def test_a_part_of_it_changes_no_status() -> None:
    given(a_lead_in("BOOKED")).when(is_refunded(5_000, in_full=False)).then(
        status("BOOKED"), deposit("paid", paid=15_000, refunded=5_000), says("refunded"), text("£50")
    )


def test_a_lead_is_paid_while_its_deposit_is_not_refunded_in_full() -> None:
    part = given(a_lead_in("BOOKED"), is_refunded(5_000, in_full=False)).world
    assert part.lead.paid
    assert not given(a_lead_in("BOOKED"), is_refunded()).world.lead.paid


def test_a_refund_where_the_table_has_no_edge_is_recorded_flagged_and_told() -> None:
    given(a_lead_in("CANCELLED")).when(is_refunded()).then(
        status("CANCELLED"), flag("refunded"), tells_the_artist("refunded"), says("refunded")
    )


def test_a_refund_that_is_read_before_its_payment_ends_the_same() -> None:
    early = given(AWAITING, is_refunded()).world
    given(early).when(she_pays()).then(status("REFUNDED"), deposit("paid", paid=15_000, refunded=15_000))


def test_money_that_came_twice_keeps_her_paid_when_one_payment_goes_back() -> None:
    twice = given(AWAITING, she_pays(), delivered(), she_pays(second=True)).world
    given(twice).when(is_refunded()).then(status("BOOKING_PENDING"), deposit("paid", paid=30_000, refunded=15_000))


def test_a_refund_that_fails_is_flagged_and_told() -> None:
    given(a_lead_in("REFUNDED")).when(refund_fails()).then(
        flag("refund_failed"), tells_the_artist("refund_failed"), status("REFUNDED")
    )


def test_a_dispute_is_recorded_flagged_and_told() -> None:
    given(a_lead_in("BOOKED")).when(is_disputed()).then(
        flag("disputed"), tells_the_artist("disputed"), status("BOOKED"), says_nothing()
    )


def test_what_is_said_of_money_does_not_take_the_place_of_what_had_failed() -> None:
    failed = given(a_lead_in("BOOKING_PENDING"), operator("book", slot="Sat 11:00"), fails()).world
    given(failed, is_refunded(5_000, in_full=False), delivered("refunded")).when(she_says("hello?")).then(
        says("booking_confirmation"), gate("BOOKING_PENDING → BOOKED, slot Sat 11:00")
    )


# --- foreign money -----------------------------------------------------------------------------------------------------


def test_a_second_enquiry_has_a_deposit_of_its_own() -> None:
    again = given(a_lead_in("COMPLETED"), *answers_until(None)).world
    given(again).when(operator("approve")).then(asks_payments(DepositRequested), deposit("requested"))


def test_a_late_refund_of_the_first_enquiry_leaves_the_second_alone() -> None:
    again = given(a_lead_in("COMPLETED"), she_says("hi"), delivered()).world
    first = next(iter(again.rows))
    before = again.lead
    paid = again.lead_of(first).deposit
    assert paid is not None

    def refunded_first(world: object) -> None:
        from inkgate_common.contracts.payments import DepositRefunded

        world.happens(  # type: ignore[attr-defined]
            DepositRefunded(
                lead_id=first, command_id=paid.command_id, at=again.now, refund="re_1", amount_pence=15_000,
                refunded_pence=15_000, currency="GBP", in_full=True,
            )
        )  # fmt: skip

    after = given(again).when(refunded_first).then(lead_is(status="QUALIFYING", flags=before.flags)).world
    assert "refunded" in after.lead_of(first).flags


def test_an_expiry_that_no_link_explains_changes_nothing() -> None:
    before = a_lead_at("style")
    given(before).when(link_expires()).then(recorded(e.Note), nothing_changed(), same_version(before))
