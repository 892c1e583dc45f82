"""DOMAIN §3 row 26: a message while we wait for somebody else gets the status reply, and changes nothing."""

import pytest
from msgspec.structs import replace

from inkgate_dialogue.domain.transitions import STATUSES
from tests.builders.leads import STUDIO, a_studio
from tests.builders.messages import picture
from tests.dialogue.checks import (
    flag,
    gate,
    instead_of_what_failed,
    leads,
    nothing_changed,
    says,
    says_nothing,
    status,
    tells_nobody,
    tells_the_artist,
    text,
    verdict,
)
from tests.dialogue.language import a_lead_in, answers_until, given, slots
from tests.dialogue.steps import delivered, fails, operator, she_says, stands_in, time_passes

WAITS = ["PENDING_APPROVAL", "AWAITING_DEPOSIT", "BOOKING_PENDING", "NEEDS_FOLLOW_UP"]


@pytest.mark.domain("3.26")
@pytest.mark.parametrize("where", WAITS)
def test_a_message_while_we_wait_gets_the_status_reply_and_changes_nothing(where: str) -> None:
    given(a_lead_in(where)).when(she_says("any news?")).then(says("ask"), gate("none"), verdict("status_reply"))
    given(a_lead_in(where), she_says("any news?")).when(delivered()).then(nothing_changed(), status(where))


@pytest.mark.domain("3.26")
def test_a_status_reply_that_fails_changes_nothing_and_the_next_message_gets_it_again() -> None:
    given(a_lead_in("PENDING_APPROVAL"), she_says("any news?")).when(fails()).then(
        nothing_changed(), flag("send_failed"), status("PENDING_APPROVAL")
    ).when(she_says("hello?")).then(says("ask"), instead_of_what_failed(), gate("none"))


@pytest.mark.domain("3.26")
@pytest.mark.parametrize("where", ["DEPOSIT_PAID", "COLLECTING_TIME_WINDOWS", "WAITLISTED"])
def test_so_it_does_wherever_a_lead_may_stand(where: str) -> None:
    given(a_lead_in("PENDING_APPROVAL"), stands_in(where)).when(she_says("any news?")).then(says("ask"), status(where))


@pytest.mark.domain("3.26", "2.statuses")
@pytest.mark.parametrize("where", STATUSES)
def test_a_message_is_answered_in_every_status(where: str) -> None:
    at = given(a_lead_in("PENDING_APPROVAL"), stands_in(where)).when(she_says("hello"))
    if where == "OPTOUT":
        at.then(says("restart"))  # a START was judged, and her welcome did not go out
    else:
        at.then(lambda world: _one_answer(world))


def _one_answer(world) -> None:  # type: ignore[no-untyped-def]
    assert len(list(world.intents(since=world.mark_emitted))) == 1


@pytest.mark.domain("3.26")
def test_while_her_deposit_is_awaited_she_gets_the_link_again() -> None:
    given(a_lead_in("AWAITING_DEPOSIT")).when(she_says("where do I pay?")).then(
        text("£150", "https://pay.example/cs_1", "HUMAN")
    )


@pytest.mark.domain("3.26", "2.returning")
def test_after_booked_a_message_is_answered_from_that_booking_and_the_artist_is_told() -> None:
    given(a_lead_in("BOOKED")).when(she_says("can I bring a friend?")).then(
        says("ask"), text("Sat 10 Jan, 11:00"), leads(1), status("BOOKED"), tells_the_artist("client_wrote")
    ).when(delivered(), she_says("she is quiet")).then(says("ask"), tells_nobody()).when(
        delivered(), time_passes(hours=7), she_says("and my dog?")
    ).then(tells_the_artist("client_wrote"))


@pytest.mark.domain("3.26")
def test_three_times_in_a_row_she_gets_the_same_reply_and_then_after_a_minute_two_four() -> None:
    thrice = [step for word in ("a", "b", "c") for step in (she_says(word), delivered())]
    at = given(a_lead_in("PENDING_APPROVAL"), *thrice)
    at.when(she_says("d")).then(says_nothing(), verdict("said_lately"))
    at.when(time_passes(seconds=60), she_says("e"), delivered()).then(says("ask"))
    at.when(time_passes(seconds=70), she_says("f")).then(says_nothing())
    at.when(time_passes(seconds=60), she_says("g"), delivered()).then(says("ask"))
    at.when(time_passes(hours=13), *thrice).then(says("ask", "ask", "ask"))


@pytest.mark.domain("3.26")
def test_two_machines_that_answer_each_other_fall_silent() -> None:
    at = given(a_lead_in("PENDING_APPROVAL"))
    for _ in range(100):
        at.when(she_says("I am out of office."))
        if at.world.under_way():
            at.when(delivered())
    assert sum(1 for copy in at.world.copies.values() if copy == "ask") < 25  # with her answers' own questions


@pytest.mark.domain("3.26")
def test_another_status_has_its_own_reply_at_once() -> None:
    thrice = [step for word in ("a", "b", "c") for step in (she_says(word), delivered())]
    given(a_lead_in("BOOKING_PENDING"), *thrice, operator("book", slot="Sat 10 Jan, 11:00"), delivered()).when(
        she_says("thanks!")
    ).then(says("ask"), text("Sat 10 Jan"))


@pytest.mark.domain("3.26")
def test_the_studio_says_how_often_the_same_reply_goes() -> None:
    terse = a_studio(messages=replace(STUDIO.file.messages, status_replies_max=1))
    given(*answers_until(None), she_says("a"), delivered(), studio=terse).when(she_says("b")).then(says_nothing())


@pytest.mark.domain("3.26", "5.slots")
def test_she_is_told_her_time_in_her_language() -> None:
    booked = given(slots("after_deposit", "booked"))
    given(booked.world).when(she_says("see you")).then(text("Wednesday 7 January, 13:30"))
    given(booked.world, she_says("en español, por favor"), delivered()).when(she_says("hasta luego")).then(
        text("miércoles 7 de enero")
    )


@pytest.mark.domain("3.26", "5.slots")
def test_while_slots_are_on_offer_she_is_asked_to_choose_and_while_the_link_is_made_she_is_told_so() -> None:
    given(slots("before_deposit", "offered")).when(she_says(None, **picture())).then(text("Its number is enough"))
    given(slots("before_deposit", "offered"), she_says("3")).when(she_says("thanks")).then(text("on its way"))


@pytest.mark.domain("3.26")
def test_what_she_answers_to_a_question_of_the_artist_is_passed_on_once() -> None:
    case = given(a_lead_in("PENDING_APPROVAL"), operator("ask", text="In colour?"), delivered())
    case.when(she_says("Yes, in colour"), delivered()).then(tells_the_artist("client_answered"), says("ask"))
    case.when(she_says("And a bit of gold"), delivered()).then(tells_nobody())


def test_of_thanks_alone_of_a_booked_client_the_artist_is_not_told_but_of_what_follows() -> None:
    thanked = given(a_lead_in("BOOKED")).when(she_says("thanks so much x"), delivered())
    thanked.then(says("ask"), tells_nobody())
    thanked.when(she_says("I may be ten minutes late")).then(tells_the_artist("client_wrote"))
