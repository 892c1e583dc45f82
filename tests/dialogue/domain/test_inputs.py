"""PROTOCOL §2, Order and Identity: what a message, an action, a linked identity brings about once it is judged."""

from uuid import uuid4

import pytest

from inkgate_common.contracts.inbound import IdentityLinked
from inkgate_common.contracts.payments import DepositExpired
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.rules.actions import allowed_now
from tests.builders.conversations import Conversing
from tests.builders.messages import NUMBER, PHONE
from tests.dialogue.checks import (
    answer,
    calls_off,
    deposit,
    flag,
    gate,
    gate_ended,
    leads,
    message_id,
    no_flag,
    no_gate_ended,
    nothing_changed,
    opted_out,
    recorded,
    refused,
    same_version,
    says,
    says_nothing,
    status,
    step,
    strikes,
    tells_nobody,
    tells_the_artist,
    verdict,
    waiting,
)
from tests.dialogue.language import a_lead_at, a_lead_in, given
from tests.dialogue.steps import (
    Step,
    delivered,
    is_accepted,
    link_is_created,
    operator,
    she_pays,
    she_says,
    she_says_in_the_same_second,
    time_passes,
)

ASKED = given(a_lead_at("dimensions"), she_says("8x12cm")).world  # the gate to 'style' is open

# --- out of order -----------------------------------------------------------------------------------------------------


@pytest.mark.domain("4.order")
def test_a_message_written_before_the_newest_judged_one_moves_nothing_and_gets_no_answer() -> None:
    before = a_lead_at("style")
    given(before).when(she_says("older", written_s_ago=60)).then(
        verdict("out_of_order"), says_nothing(), step("style"), strikes("style", 0), flag("out_of_order")
    )


@pytest.mark.domain("4.order")
def test_it_is_kept_and_not_marked_as_judged() -> None:
    given(a_lead_at("style")).when(she_says("older", written_s_ago=60)).then(
        waiting(1), recorded(e.MessageReceived, judged=False, text="older"), answer("style", None)
    )


@pytest.mark.domain("4.order")
def test_it_does_not_hold_up_what_comes_next() -> None:
    given(a_lead_at("style"), she_says("older", written_s_ago=60)).when(she_says("fine line")).then(
        verdict("answer"), gate("step 3 → 4")
    )


@pytest.mark.domain("4.order")
def test_the_same_second_is_order_of_arrival() -> None:
    given(a_lead_in("PENDING_APPROVAL"), she_says("one"), delivered()).when(she_says("two", written_s_ago=6)).then(
        verdict("status_reply")
    )


@pytest.mark.domain("4.order")
def test_yes_to_a_question_keeps_its_place_in_the_order_though_it_is_a_word_of_command() -> None:
    given(a_lead_at("coverup"), she_says("hm"), delivered()).when(she_says("yes", written_s_ago=10)).then(
        verdict("out_of_order"), answer("coverup", None), says_nothing()
    )


@pytest.mark.domain("4.order")
@pytest.mark.parametrize("word", ["HUMAN", "I want a refund", "delete my data"])
def test_words_of_command_are_looked_for_before_the_order_check(word: str) -> None:
    given(a_lead_at("style")).when(she_says(word, written_s_ago=60)).then(verdict("asks_for_the_artist"))


@pytest.mark.domain("4.order")
@pytest.mark.parametrize("where", ["COMPLETED", "OPTOUT"])
def test_where_such_a_word_does_nothing_the_message_keeps_its_place(where: str) -> None:
    given(a_lead_in(where)).when(she_says("HUMAN", written_s_ago=90)).then(
        verdict("out_of_order"), leads(1), says_nothing()
    )


@pytest.mark.domain("4.order")
def test_the_operator_has_a_late_message_judged() -> None:
    late = given(a_lead_at("coverup"), she_says("hm"), delivered(), she_says("yes", written_s_ago=10)).world
    wanted = message_id(late, -1)
    given(late).when(operator("judge", message_id=wanted)).then(
        verdict("answer"), answer("coverup", "yes"), no_flag("out_of_order"), waiting(0)
    )


@pytest.mark.domain("4.order")
def test_the_flag_stays_while_another_one_is_out_of_order() -> None:
    late = given(
        a_lead_in("PENDING_APPROVAL"), she_says("b", written_s_ago=60), she_says("a", written_s_ago=70)
    ).world  # fmt: skip
    given(late).when(operator("judge", message_id=message_id(late, -1))).then(flag("out_of_order"), waiting(1))


def test_there_is_nothing_to_judge_where_nothing_is_out_of_order() -> None:
    given(a_lead_at("style")).when(operator("judge", message_id="wamid.IN1")).then(refused("not possible"))
    assert "judge" not in allowed_now(a_lead_at("style").state, a_lead_at("style").lead)


def test_a_message_that_is_not_out_of_order_cannot_be_judged_again() -> None:
    late = given(a_lead_at("style"), she_says("older", written_s_ago=60)).world
    given(late).when(operator("judge", message_id="wamid.IN1")).then(
        refused("no such message is out of order", allowed="judge"), waiting(1)
    )


@pytest.mark.domain("4.order")
def test_only_her_own_messages_count_for_the_order() -> None:
    other = given(a_lead_at("style"), she_says(None, kind="reaction", after_s=60)).world
    given(other).when(she_says("fine line", after_s=1, written_s_ago=30)).then(verdict("answer"))


# --- what belongs to the question before ------------------------------------------------------------------------------


PLACED = given(a_lead_at("placement"), she_says("left forearm")).world


@pytest.mark.domain("4.order")
def test_a_message_written_before_the_question_went_out_is_added_to_the_free_text_before() -> None:
    given(PLACED, she_says("the inner side", after_s=1)).when(delivered(after_s=3)).then(
        verdict("added"), answer("placement", "left forearm\nthe inner side"), step("dimensions"), says_nothing()
    )


@pytest.mark.domain("4.order")
def test_it_corrects_a_parsed_answer_when_it_parses() -> None:
    given(ASKED, she_says("sorry, 9x12cm", after_s=1)).when(delivered(after_s=3)).then(
        verdict("correction"), answer("dimensions", "sorry, 9x12cm"), step("style"), says_nothing()
    )


@pytest.mark.domain("4.order")
def test_where_it_does_not_parse_it_is_kept_and_shown() -> None:
    given(ASKED, she_says("thanks!", after_s=1)).when(delivered(after_s=3)).then(
        verdict("written_before_question"), answer("dimensions", "8x12cm"), strikes("style", 0), says_nothing()
    )


@pytest.mark.domain("4.order")
def test_before_question_0_it_is_kept_and_shown() -> None:
    given(she_says("hi"), she_says("I want a fox", after_s=1)).when(delivered(after_s=3)).then(
        verdict("before_question"), step("idea"), answer("idea", None), says_nothing()
    )


@pytest.mark.domain("4.order")
def test_the_clocks_are_whatsapps_on_both_sides_not_when_we_recorded_the_acceptance() -> None:
    """She answers two seconds after WhatsApp took the question; we hear of both half a minute later."""
    given(ASKED, she_says("fine line", after_s=3)).when(delivered(after_s=30, taken_s_ago=32)).then(
        verdict("answer"), answer("style", "fine line")
    )


@pytest.mark.domain("4.order")
def test_in_the_same_second_it_is_an_answer_when_we_received_it_after_the_call_began() -> None:
    given(a_lead_at("style")).when(she_says_in_the_same_second("fine line")).then(verdict("answer"))


@pytest.mark.domain("4.order")
def test_in_the_same_second_it_belongs_to_the_question_before_when_we_had_it_before_the_call_began() -> None:
    given(a_lead_at("style")).when(she_says_in_the_same_second("9x9cm", received_ms_later=-1)).then(
        verdict("correction"), answer("dimensions", "9x9cm"), step("style")
    )


def test_no_version_is_raised_by_a_message_that_is_only_kept() -> None:
    given(ASKED, she_says("thanks!", after_s=1), delivered(after_s=3)).then(waiting(0))
    moved = given(ASKED, delivered(after_s=3)).world
    kept = given(ASKED, she_says("thanks!", after_s=1), delivered(after_s=3)).world
    assert kept.lead.version == moved.lead.version


# --- messages that say nothing ----------------------------------------------------------------------------------------


@pytest.mark.domain("4.kinds")
@pytest.mark.parametrize("kind", ["reaction", "system", "deleted"])
def test_what_is_no_message_of_hers_is_shown_and_answered_with_nothing(kind: str) -> None:
    before = a_lead_at("style")
    given(before).when(she_says("stop", kind=kind)).then(
        verdict(kind), says_nothing(), opted_out(False), same_version(before)
    )


@pytest.mark.domain("4.kinds")
def test_a_reaction_alone_opens_no_enquiry() -> None:
    given().when(she_says(None, kind="reaction")).then(leads(0), says_nothing())


# --- identities -------------------------------------------------------------------------------------------------------


def linked(closed_into: object = None, **more: object) -> Step:
    def happen(world: Conversing) -> None:
        world.happens(
            IdentityLinked(
                phone_number_id=NUMBER, sequence=world.number("inbound"), at=world.now, from_=PHONE,
                closed_into=closed_into, **more,  # type: ignore[arg-type]
            )
        )  # fmt: skip

    return happen


def test_a_conversation_that_is_closed_into_another_calls_its_messages_off_and_is_shown() -> None:
    given(ASKED).when(linked(uuid4())).then(calls_off("ask"), flag("identity_linked"))


def test_nothing_is_sent_on_a_closed_conversation() -> None:
    closed = given(a_lead_at("style"), linked(uuid4())).world
    given(closed).when(she_says("fine line"), time_passes(hours=50)).then(verdict("closed"), says_nothing())
    given(closed).when(operator("ask", text="hi")).then(refused("closed"))


def test_money_on_a_closed_conversation_is_recorded_and_moved_by_hand() -> None:
    given(a_lead_in("AWAITING_DEPOSIT"), linked(uuid4())).when(she_pays()).then(
        status("DEPOSIT_PAID"), says_nothing(), deposit("paid", paid=15_000), tells_the_artist("paid")
    )
    given(a_lead_in("BOOKED"), linked(uuid4())).when(operator("cancel")).then(refused("closed"), status("BOOKED"))


def test_the_conversation_that_takes_over_is_shown_too() -> None:
    given(a_lead_at("style")).when(linked(took_over=[uuid4()])).then(flag("identity_linked"), says_nothing())


# --- returning --------------------------------------------------------------------------------------------------------


@pytest.mark.domain("2.returning")
@pytest.mark.parametrize("ended", ["COMPLETED", "NO_SHOW", "REJECTED", "REFUNDED", "CANCELLED"])
def test_a_message_after_a_terminal_status_opens_a_new_enquiry_in_the_same_conversation(ended: str) -> None:
    given(a_lead_in(ended)).when(she_says("hi, another one?")).then(
        leads(2), status("NEW"), says("welcome_back"), recorded(e.LeadCreated)
    )


@pytest.mark.domain("2.returning", "3.26")
def test_a_message_after_booked_is_answered_from_that_booking() -> None:
    given(a_lead_in("BOOKED")).when(she_says("can I bring a friend?")).then(leads(1), says("ask"), status("BOOKED"))


def test_an_operator_still_acts_on_the_earlier_enquiry() -> None:
    again = given(a_lead_in("CANCELLED"), she_says("hi"), delivered()).world
    given(again).when(operator("refund", lead="first")).then(recorded(e.ActionTaken), nothing_changed())


def test_her_next_message_does_not_lose_the_gate_of_an_earlier_enquiry() -> None:
    again = given(a_lead_in("COMPLETED"), she_says("hi"), delivered()).world
    asked = given(again, operator("ask", lead="first", text="How is it healing?"), is_accepted()).world
    given(asked).when(she_says("a wolf")).then(gate_ended("applied", basis="reply"), verdict("answer"))


def test_an_enquiry_without_any_money_keeps_a_foreign_event_as_a_note() -> None:
    def foreign(world: Conversing) -> None:
        world.happens(DepositExpired(lead_id=uuid4(), at=world.now))

    given(a_lead_at("style")).when(foreign).then(recorded(e.Note), nothing_changed(), tells_nobody())


def test_a_link_that_nobody_asked_for_is_a_note() -> None:
    world = given(a_lead_in("AWAITING_DEPOSIT")).world
    given(world).when(link_is_created()).then(recorded(e.Note), says_nothing(), no_gate_ended())
