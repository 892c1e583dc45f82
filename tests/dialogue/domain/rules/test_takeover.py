"""The artist writes to a client from her own phone."""

import pytest
from msgspec.structs import replace

from inkgate_dialogue.domain import events as e
from tests.builders.leads import STUDIO, a_studio
from tests.dialogue.checks import (
    answer,
    calls_off,
    gate,
    gate_ended,
    handover,
    lead_is,
    leads,
    no_gate,
    opted_out,
    recorded,
    refused,
    says,
    says_nothing,
    status,
    step,
    tells_nobody,
    tells_the_artist,
    verdict,
)
from tests.dialogue.language import a_lead_at, a_lead_in, answers_until, given
from tests.dialogue.steps import (
    Step,
    delivered,
    is_cancelled,
    link_is_created,
    mode,
    operator,
    she_pays,
    she_says,
    time_passes,
)

TAKEN_OVER = "artist_wrote"


def the_artist_writes(text: str = "Hi, it's Mia", *, ago_s: float = 0) -> Step:
    return she_says(text, kind="echo", written_s_ago=ago_s)


@pytest.mark.domain("4.echo")
@pytest.mark.parametrize(
    "where", ["QUALIFYING", "PENDING_APPROVAL", "AWAITING_DEPOSIT", "BOOKING_PENDING", "BOOKED", "NEEDS_FOLLOW_UP"]
)
def test_when_the_artist_writes_herself_the_handover_opens_at_once_and_status_and_step_stay(where: str) -> None:
    at = a_lead_at("style") if where == "QUALIFYING" else a_lead_in(where)
    given(at).when(the_artist_writes()).then(
        handover(TAKEN_OVER), status(where), says_nothing(), no_gate(), tells_nobody(), recorded(e.HandoverOpened)
    )


@pytest.mark.domain("4.echo")
def test_what_the_artist_wrote_is_shown_and_never_judged_as_the_clients() -> None:
    given(a_lead_at("style")).when(the_artist_writes("STOP")).then(
        recorded(e.MessageReceived, message_kind="echo", judged=False, text="STOP"),
        opted_out(False),
        answer("style", None),
    )


@pytest.mark.domain("4.echo")
def test_while_the_artist_writes_the_bot_keeps_quiet_and_the_clients_messages_are_kept() -> None:
    given(a_lead_at("style"), the_artist_writes()).when(she_says("oh hi Mia"), she_says("fine line")).then(
        says_nothing(), verdict("with_the_artist", "with_the_artist"), answer("style", None), step("style")
    )


@pytest.mark.domain("4.echo")
def test_a_question_that_was_not_handed_over_is_called_off_and_nothing_moves() -> None:
    given(a_lead_at("style"), she_says("fine line")).when(the_artist_writes()).then(
        calls_off("ask"), handover(TAKEN_OVER), step("style")
    ).when(is_cancelled(reason=TAKEN_OVER)).then(
        gate_ended("cancelled"), step("style"), answer("style", "fine line"), no_gate()
    ).when(she_says("CONTINUE")).then(gate("step 3 → 4"), says("continue"))


@pytest.mark.domain("4.echo")
def test_a_question_that_went_out_all_the_same_is_applied_and_the_artist_keeps_her() -> None:
    given(a_lead_at("style"), she_says("fine line"), the_artist_writes()).when(delivered()).then(
        step("complexity"), handover(TAKEN_OVER), gate_ended("applied")
    )


@pytest.mark.domain("4.echo", "3.1")
def test_a_welcome_or_a_completion_that_went_out_all_the_same_leaves_her_with_the_artist() -> None:
    given(she_says("hi"), the_artist_writes()).when(delivered()).then(status("QUALIFYING"), handover(TAKEN_OVER))
    given(a_lead_at("timing"), she_says("flexible"), the_artist_writes()).when(delivered()).then(
        status("PENDING_APPROVAL"), handover(TAKEN_OVER)
    )


@pytest.mark.domain("4.echo")
def test_what_the_artist_asked_for_by_hand_is_not_called_off() -> None:
    at = given(a_lead_in("PENDING_APPROVAL"), operator("approve"), link_is_created())
    at.when(the_artist_writes("I have sent you the link")).then(calls_off(), handover(TAKEN_OVER)).when(
        delivered()
    ).then(status("AWAITING_DEPOSIT"), handover(None))
    booked = given(a_lead_in("BOOKING_PENDING"), operator("book", slot="Sat 10 Jan, 11:00"))
    booked.when(the_artist_writes()).then(calls_off()).when(delivered()).then(status("BOOKED"))


@pytest.mark.domain("4.echo", "3.16")
def test_what_speaks_of_money_is_not_called_off() -> None:
    given(a_lead_in("AWAITING_DEPOSIT"), she_pays()).when(the_artist_writes()).then(calls_off())


@pytest.mark.domain("4.echo")
def test_a_reminder_that_was_not_handed_over_is_called_off_and_none_follows() -> None:
    given(a_lead_at("style"), time_passes(hours=13)).when(the_artist_writes()).then(calls_off("reminder_1")).when(
        is_cancelled(), time_passes(hours=23)
    ).then(says_nothing(), status("QUALIFYING"))


@pytest.mark.domain("4.echo")
def test_the_artist_is_reminded_once_a_day_after_her_last_line() -> None:
    given(a_lead_at("style"), the_artist_writes(), time_passes(hours=5), the_artist_writes("still there?")).when(
        time_passes(hours=23)
    ).then(tells_nobody()).when(time_passes(hours=1.5)).then(tells_the_artist("takeover"), says_nothing()).when(
        time_passes(hours=200)
    ).then(tells_nobody())


@pytest.mark.domain("4.echo")
def test_the_studio_says_how_long_the_bot_keeps_quiet() -> None:
    brief = a_studio(messages=replace(STUDIO.file.messages, takeover_s=600))
    given(*answers_until("style"), the_artist_writes(), studio=brief).when(time_passes(minutes=11)).then(
        tells_the_artist("takeover")
    )


@pytest.mark.domain("4.echo", "3.24")
def test_after_the_ceiling_a_message_gets_the_holding_message_again() -> None:
    given(a_lead_at("style"), the_artist_writes(), time_passes(hours=25)).when(she_says("hello?")).then(
        says("holding"), gate("none"), verdict("handed_over")
    )


@pytest.mark.domain("4.echo", "3.23")
def test_continue_or_the_artists_resume_brings_the_bot_back() -> None:
    at = given(a_lead_at("style"), the_artist_writes())
    for back in (she_says("CONTINUE"), operator("resume")):
        given(at.world).when(back).then(says("continue"), gate("none")).when(delivered()).then(
            handover(None), step("style")
        ).when(she_says("fine line")).then(answer("style", "fine line"), gate("step 3 → 4"))


@pytest.mark.domain("4.echo", "3.23")
def test_before_question_0_coming_back_is_the_welcome() -> None:
    at = given(she_says("hi"), the_artist_writes(), is_cancelled())
    at.then(status("NEW"), handover(TAKEN_OVER)).when(operator("resume")).then(
        says("welcome"), gate("NEW → QUALIFYING, step -1 → 0")
    ).when(delivered()).then(status("QUALIFYING"), handover(None), step("idea"))


@pytest.mark.domain("4.echo", "3.23")
def test_when_all_is_answered_coming_back_completes() -> None:
    at = given(a_lead_at("timing"), she_says("flexible"), the_artist_writes(), is_cancelled())
    at.when(operator("resume")).then(gate("QUALIFYING → PENDING_APPROVAL"), says("completion"))


@pytest.mark.domain("4.echo")
def test_somebody_to_whom_the_artist_wrote_first_is_not_welcomed_by_the_bot() -> None:
    given().when(the_artist_writes("Hi Bo, it's Mia")).then(leads(0), says_nothing()).when(she_says("Hi Mia!")).then(
        leads(1), says_nothing(), status("NEW"), handover(TAKEN_OVER), verdict("with_the_artist")
    ).when(she_says("how are you?")).then(says_nothing(), verdict("with_the_artist"))


@pytest.mark.domain("4.echo", "4.returning")
def test_a_former_client_to_whom_the_artist_wrote_is_hers_too() -> None:
    given(a_lead_in("COMPLETED"), the_artist_writes("How has it healed?")).when(she_says("beautifully!")).then(
        leads(2), says_nothing(), handover(TAKEN_OVER)
    )
    given(a_lead_in("COMPLETED"), the_artist_writes(), time_passes(hours=25)).when(she_says("another one?")).then(
        leads(2), handover(None)
    )


@pytest.mark.domain("4.echo")
def test_in_a_handover_of_the_bots_the_artists_own_line_is_the_answer() -> None:
    given(a_lead_in("NEEDS_ARTIST_REPLY"), the_artist_writes()).when(she_says("thank you")).then(
        says_nothing(), handover("asked for the artist"), status("NEEDS_ARTIST_REPLY"), verdict("with_the_artist")
    )


@pytest.mark.domain("4.echo", "4.opt-out")
def test_somebody_who_opted_out_stays_so() -> None:
    given(a_lead_in("OPTOUT")).when(the_artist_writes()).then(status("OPTOUT"), handover(None), says_nothing())
    given(a_lead_at("style"), the_artist_writes()).when(she_says("STOP")).then(
        says("opt_out_confirmation"), opted_out()
    )


@pytest.mark.domain("4.echo", "3.25")
def test_words_of_command_count_while_the_artist_writes() -> None:
    given(a_lead_at("style"), the_artist_writes()).when(she_says("HUMAN")).then(
        says_nothing(), verdict("with_the_artist")
    )
    given(a_lead_in("BOOKED"), the_artist_writes()).when(she_says("REFUND")).then(says("refund_asked"))


@pytest.mark.domain("4.echo", "4.panic")
def test_it_counts_in_panic_mode_and_while_a_gate_is_open() -> None:
    given(a_lead_at("style"), mode(panic=True)).when(the_artist_writes()).then(handover(TAKEN_OVER))
    given(a_lead_at("style"), she_says("fine line")).when(the_artist_writes()).then(handover(TAKEN_OVER))


@pytest.mark.domain("4.echo")
def test_an_old_line_that_comes_late_is_only_shown() -> None:
    given(a_lead_at("style")).when(the_artist_writes(ago_s=90_000)).then(
        handover(None), recorded(e.MessageReceived, message_kind="echo")
    )


@pytest.mark.domain("4.echo")
def test_what_the_artist_writes_opens_no_window_and_no_loop() -> None:
    world = given(a_lead_at("style")).world
    until = world.state.window_expires_at
    given(world).when(*(the_artist_writes(f"line {n}") for n in range(30))).then(
        says_nothing(), lambda after: _same_window(after, until), recorded(e.HandoverOpened, times=1)
    )


def _same_window(world, until) -> None:  # type: ignore[no-untyped-def]
    assert world.state.window_expires_at == until


@pytest.mark.domain("4.echo", "4.restart")
def test_a_restart_clears_it() -> None:
    at = given(a_lead_in("ABANDONED"), the_artist_writes(), time_passes(hours=25))
    at.then(lead_is(status="ABANDONED"), handover(TAKEN_OVER))
    given(a_lead_in("OPTOUT"), the_artist_writes()).when(she_says("START"), delivered()).then(
        status("QUALIFYING"), handover(None)
    ).when(she_says("a fox")).then(answer("idea", "a fox"))


@pytest.mark.domain("4.echo")
def test_the_timer_asks_nothing_where_the_bot_is_back() -> None:
    given(a_lead_at("style"), the_artist_writes(), operator("resume"), delivered()).when(time_passes(hours=30)).then(
        recorded(e.TimerFired, timer="takeover", outcome="nothing_due"), tells_nobody()
    )


def test_there_is_nothing_to_resume_where_nobody_took_over() -> None:
    given(a_lead_at("style")).when(operator("resume")).then(refused("not possible in QUALIFYING"))
