"""What falls due while somebody waits: once, not in a pause, not in quiet hours, and not when its reason is gone. Shown on
the reminders of a deposit link and of an enquiry that waits for the artist."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from inkgate_common.contracts.commands import TimerFired
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.quiet import QuietHours
from inkgate_dialogue.domain.rules.timers import TIMERS, WAITS, expected
from tests.builders.conversations import NOON, Conversing
from tests.builders.leads import STUDIO, a_studio
from tests.dialogue.checks import (
    calls_off,
    no_gate,
    nothing_changed,
    recorded,
    same_version,
    says,
    says_nothing,
    sending,
    status,
    tells_nobody,
    tells_the_artist,
)
from tests.dialogue.language import a_lead_at, a_lead_in, given
from tests.dialogue.steps import (
    Step,
    delivered,
    mode,
    operator,
    sender_is_held,
    sender_is_released,
    she_pays,
    she_says,
    the_owner_looks,
    time_passes,
)

pytestmark = [pytest.mark.domain("5.timers"), pytest.mark.domain("3.27")]

OPEN_LINK = a_lead_in("AWAITING_DEPOSIT")
ENQUIRY = a_lead_in("PENDING_APPROVAL")


def with_quiet_hours(world: Conversing, begin: str = "21:00", end: str = "09:00", **more: str) -> Conversing:
    """The same at a studio with quiet hours (in London, in winter: by UTC)."""
    quiet = world.fork()
    quiet.studio = a_studio(quiet_hours=QuietHours(begin=begin, end=end, **more))  # type: ignore[arg-type]
    return quiet


def until(hour: float, *, day: int = 0) -> Step:
    """It becomes this time of day, of the first day or a later one."""

    def step(world: Conversing) -> None:
        moment = NOON.replace(hour=0) + timedelta(days=day, hours=hour)
        world.passes(seconds=(moment - world.now).total_seconds())

    return step


def outcomes(*expected: str) -> Callable[[Conversing], object]:
    """What the timers' firings were found to ask for."""

    def check(world: Conversing) -> None:
        found = [fact.outcome for fact in world.facts() if isinstance(fact, e.TimerFired)]
        assert found == list(expected), f"timers found {found}"

    return check


def test_every_wait_has_a_timer() -> None:
    assert set(WAITS) < set(TIMERS)


def test_a_step_is_taken_once_however_often_its_timer_fires() -> None:
    due = OPEN_LINK.state.timers["deposit"]
    again = TimerFired(timer_id=OPEN_LINK.id, lead_id=OPEN_LINK.lead.id, timer="deposit", due_at=due)
    given(OPEN_LINK, time_passes(hours=6.1)).when(lambda world: world.happens(again)).then(says_nothing())
    # A row that a restored database still has, or that another replica set: the state says what was done.
    stale = given(OPEN_LINK, time_passes(hours=6.1)).world
    stale.state = replace(stale.state, timers={"deposit": stale.now})
    given(stale).when(lambda world: world.fire("deposit")).then(says_nothing(), outcomes("not_yet"))
    given(stale).when(time_passes(hours=14)).then(says("deposit_reminder_2"))


def test_a_wait_whose_reason_is_gone_does_nothing_when_its_timer_fires() -> None:
    paid = given(OPEN_LINK, she_pays(), delivered()).world
    given(paid).when(time_passes(hours=21)).then(
        says_nothing(), tells_nobody(), recorded(e.TimerFired, timer="deposit", outcome="nothing_due")
    )


def test_a_reminder_that_was_not_handed_over_is_called_off_when_its_reason_goes() -> None:
    given(OPEN_LINK, time_passes(hours=6.1)).when(she_pays()).then(
        calls_off("deposit_reminder_1"), says("payment_confirmation")
    )


def test_a_message_of_hers_calls_it_off_too() -> None:
    given(OPEN_LINK, time_passes(hours=6.1)).when(she_says("tomorrow!")).then(calls_off("deposit_reminder_1"))


def test_a_reminder_gates_nothing_and_raises_no_version() -> None:
    reminded = given(OPEN_LINK).when(time_passes(hours=6.1))
    reminded.then(no_gate(), nothing_changed(), same_version(OPEN_LINK), sending(gating=False, queue="business"))


def test_a_reminder_that_was_put_off_past_the_next_one_is_left_out() -> None:
    """The service was away for 21 hours: the second alone is sent."""

    def wakes_up(world: Conversing) -> None:
        world.now += timedelta(hours=21)
        world.fire("deposit")

    given(OPEN_LINK).when(wakes_up, time_passes(hours=1)).then(says("deposit_reminder_2"))


# --- quiet hours ------------------------------------------------------------------------------------------------------


@pytest.mark.domain("5.quiet-hours")
def test_in_quiet_hours_a_reminder_waits_until_they_end() -> None:
    """The link of noon is remembered at six: this studio is quiet from five to eight."""
    asked = with_quiet_hours(OPEN_LINK, "17:00", "20:00")
    given(asked).when(until(19.9)).then(says_nothing(), outcomes("quiet"))
    given(asked).when(until(20.1)).then(says("deposit_reminder_1"), outcomes("quiet", "reminded"))


@pytest.mark.domain("5.quiet-hours")
def test_two_reminders_that_fall_into_one_night_are_one() -> None:
    """At six and at eight in the morning; it is quiet until nine."""
    asked = with_quiet_hours(OPEN_LINK, "17:00", "09:00")
    given(asked).when(until(9.1, day=1)).then(says("deposit_reminder_2"))


@pytest.mark.domain("5.quiet-hours")
def test_a_reminder_expires_when_quiet_hours_begin() -> None:
    reminded = given(with_quiet_hours(OPEN_LINK, "18:30", "09:00")).when(until(18.2)).world
    (intent,) = list(reminded.intents(since=reminded.mark_emitted))
    assert intent.expires_at == NOON.replace(hour=18, minute=30)


@pytest.mark.domain("5.quiet-hours")
def test_replies_and_confirmations_of_money_go_at_once() -> None:
    night = given(with_quiet_hours(OPEN_LINK), until(23.5)).world
    given(night).when(she_says("is it safe?"), delivered()).then(says("ask"))
    given(night).when(she_pays(), delivered("payment_confirmation")).then(
        says("payment_confirmation"), tells_the_artist("paid")
    )


@pytest.mark.domain("5.quiet-hours")
def test_the_artist_too_is_reminded_outside_of_them_in_the_studios_time() -> None:
    """She lives in Leeds; the client in Japan, where it is nine in the evening at noon."""
    waits = with_quiet_hours(ENQUIRY, "11:00", "15:00")
    given(waits).when(until(14.9, day=2)).then(tells_nobody())
    given(waits).when(until(15.1, day=2)).then(tells_the_artist("approval_waiting"))


@pytest.mark.domain("5.quiet-hours")
def test_hers_are_in_her_own_time() -> None:
    def lives_in_japan(world: Conversing) -> None:
        lead = world.lead
        world.rows[lead.id] = msgspec.json.encode(replace(lead, values={**lead.values, "location_country": "JP"}))

    evening = given(with_quiet_hours(OPEN_LINK), lives_in_japan).world
    # Six in the evening here is three at night there; the quiet hours end at midnight.
    given(evening).when(until(23.9)).then(says_nothing())
    given(evening).when(until(24.1)).then(says("deposit_reminder_1"))


# --- panic and holds --------------------------------------------------------------------------------------------------


def test_no_timer_fires_while_the_sender_is_held_and_that_time_is_nobodys_silence() -> None:
    held = given(ENQUIRY, time_passes(hours=24), sender_is_held(), time_passes(hours=96)).world
    given(ENQUIRY, time_passes(hours=24)).when(sender_is_held(), time_passes(hours=96)).then(
        status("PENDING_APPROVAL"), tells_nobody()
    )
    back = given(held).when(sender_is_released(), time_passes(hours=23.9))
    back.then(tells_nobody(), status("PENDING_APPROVAL"))
    back.when(time_passes(hours=0.2)).then(tells_the_artist("approval_waiting"), status("PENDING_APPROVAL"))
    back.when(time_passes(hours=24)).then(status("STALE"))


def test_a_timer_that_came_due_in_a_hold_looks_again_less_and_less_often() -> None:
    looks = given(ENQUIRY, time_passes(hours=47)).when(sender_is_held(), time_passes(hours=48))
    found = [fact.outcome for fact in looks.world.facts() if isinstance(fact, e.TimerFired)]
    assert set(found) == {"held"} and 5 < len(found) < 30


def test_nor_in_panic() -> None:
    panic = given(ENQUIRY, time_passes(hours=24)).when(mode(panic=True), time_passes(hours=96))
    panic.then(status("PENDING_APPROVAL"), tells_nobody())
    over = panic.when(mode(), the_owner_looks(), time_passes(hours=23.9))
    over.then(tells_nobody())
    over.when(time_passes(hours=0.2)).then(tells_the_artist("approval_waiting"))


def test_what_comes_by_the_clock_is_not_put_off_by_a_pause() -> None:
    """The link closes when it closes: after a hold of eight hours she is reminded at once, and of the end as planned."""
    held = given(OPEN_LINK, time_passes(hours=5), sender_is_held(), time_passes(hours=8)).world
    given(held).when(sender_is_released(), time_passes(hours=2.5)).then(says("deposit_reminder_1"))
    given(held, sender_is_released(), time_passes(hours=2.5)).when(time_passes(hours=5)).then(
        says("deposit_reminder_2")
    )


def test_a_pause_of_which_we_hear_late_makes_no_reminder_twice() -> None:
    """The hold had begun before the reminder; the news of it came after."""

    def was_held_before(world: Conversing) -> None:
        sender_is_held()(world)
        (pause,) = world.mode.pauses
        world.mode = replace(world.mode, pauses=(replace(pause, began_at=pause.began_at - timedelta(hours=8)),))

    late = given(ENQUIRY, time_passes(hours=48.1)).when(was_held_before, sender_is_released(), time_passes(hours=23.9))
    late.then(tells_nobody(), status("PENDING_APPROVAL"))


# --- pilot and opt-out ------------------------------------------------------------------------------------------------


def test_nobody_outside_of_the_pilot_is_reminded_and_the_artist_is() -> None:
    given(OPEN_LINK).when(mode(pilot=True), time_passes(hours=7)).then(says_nothing())
    given(ENQUIRY).when(mode(pilot=True), time_passes(hours=49)).then(tells_the_artist("approval_waiting"))


def test_who_opted_out_is_not_reminded() -> None:
    gone = given(a_lead_in("AWAITING_DEPOSIT"), she_says("STOP"), delivered()).world
    given(gone).when(time_passes(hours=30)).then(says_nothing(), status("OPTOUT"))


def test_a_wait_that_ends_and_begins_again_counts_from_its_new_beginning() -> None:
    again = given(ENQUIRY, time_passes(hours=47), she_says("HUMAN"), delivered(), operator("resume"), delivered()).world
    given(again).when(time_passes(hours=47.5)).then(tells_nobody())
    given(again).when(time_passes(hours=48.1)).then(tells_the_artist("approval_waiting"))


def test_steps_are_recorded_and_no_message_of_hers_is_judged_by_them() -> None:
    given(OPEN_LINK).when(time_passes(hours=6.1)).then(recorded(e.Reminded, timer="deposit", number=1))
    given(a_lead_at("style"), studio=STUDIO).when(time_passes(hours=6.1)).then(recorded(e.Reminded, times=0))


def test_what_is_due_next_leaves_out_timers_whose_reason_is_gone() -> None:
    world = given(OPEN_LINK, she_pays(), delivered()).world
    assert set(world.state.timers) == {"silence", "approval", "deposit", "booking"}
    assert set(expected(world.state, world.lead)) == {"booking"}
    assert expected(replace(world.state, lead_id=world.id), world.lead) == {}
