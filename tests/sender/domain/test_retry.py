"""What follows from one try to send."""

from datetime import timedelta

import msgspec
import pytest

from inkgate_common.contracts.deliveries import MessageCancelled, MessageDelivered, MessageFailed, MessageStatus
from inkgate_sender.domain.outcome import NotCalled, NotSent, Outcome, Unknown, Unsendable
from inkgate_sender.domain.retry import DELAY_S_MAX, LATER, after_try, proves_the_api_works
from inkgate_sender.domain.send import Send
from inkgate_sender.domain.verdict import Policy, Verdict, first_acceptance
from tests.builders.sends import (
    BEGAN,
    INTENT,
    NOW,
    ON_ACCEPTED,
    ON_DELIVERED,
    WAMID,
    intent,
    no,
    refused,
    sending,
    taken,
    yes,
)
from tests.builders.sends import unknown as lost


def tried(send: Send, outcome: Outcome, policy: Policy = ON_ACCEPTED, chance: float = 0.0) -> Verdict:
    return after_try(send, outcome, BEGAN, policy, NOW, chance)


def wait_s(verdict: Verdict) -> float:
    assert verdict.send.state == "waiting" and not verdict.says
    return (verdict.send.due_at - NOW).total_seconds()


def failure(verdict: Verdict) -> MessageFailed:
    assert verdict.send.state == "failed"
    (said,) = verdict.says
    assert isinstance(said, MessageFailed)
    return said


# Accepted.


def test_given_the_gate_on_accepted_when_it_is_accepted_then_it_is_delivered() -> None:
    verdict = tried(sending(), yes())
    accepted, delivered = verdict.says
    assert isinstance(accepted, MessageStatus) and accepted.status == "accepted" and accepted.attempt == 1
    assert isinstance(delivered, MessageDelivered) and delivered.basis == "accepted"
    assert (delivered.intent_id, delivered.wamid, delivered.attempts) == (INTENT, WAMID, 1)
    assert verdict.send.state == "delivered" and verdict.send.owner is None


def test_accepted_at_is_whatsapps_clock_and_began_at_is_ours() -> None:
    date = NOW.replace(microsecond=0) + timedelta(seconds=2)
    _, delivered = tried(sending(), yes(date)).says
    assert isinstance(delivered, MessageDelivered)
    assert (delivered.accepted_at, delivered.began_at) == (date, BEGAN)


def test_without_a_date_the_start_of_the_call_counts_in_whole_seconds() -> None:
    _, delivered = tried(sending(), msgspec.structs.replace(yes(), accepted_at=None)).says
    assert isinstance(delivered, MessageDelivered) and delivered.accepted_at == BEGAN.replace(microsecond=0)


def test_given_the_gate_on_delivered_when_it_is_accepted_then_it_waits_for_a_status() -> None:
    verdict = tried(sending(), yes(), ON_DELIVERED)
    (accepted,) = verdict.says
    assert isinstance(accepted, MessageStatus) and accepted.status == "accepted"
    assert verdict.send.state == "accepted" and verdict.send.due_at == NOW + timedelta(seconds=120)


def test_given_the_gate_on_delivered_and_a_status_that_was_faster_then_the_answer_delivers() -> None:
    verdict = tried(sending(copies=(lost(outcome="", rank=2),)), yes(), ON_DELIVERED)
    assert [type(said) for said in verdict.says] == [MessageStatus, MessageDelivered]


def test_given_a_failure_that_was_reported_before_the_answer_then_it_is_a_late_failure() -> None:
    verdict = tried(sending(copies=(lost(outcome="", failed=True, code=131026),)), yes())
    _, delivered, fell = verdict.says
    assert isinstance(delivered, MessageDelivered)
    assert isinstance(fell, MessageStatus) and fell.status == "failed" and fell.all_failed
    assert verdict.send.late_failed


def test_a_second_copy_that_is_accepted_while_the_first_is_known_to_have_gone_out_is_a_duplicate() -> None:
    assert tried(sending(2, copies=(lost(rank=1),)), yes()).duplicates == 1
    assert tried(sending(2, copies=(lost(),)), yes()).duplicates == 0


# Transient.


@pytest.mark.parametrize("outcome", [no(2), no(131000, 500), no(131016), no(133004, 503), NotSent("refused")])
def test_a_transient_error_is_tried_again(outcome: Outcome) -> None:
    verdict = tried(sending(), outcome)
    assert wait_s(verdict) == pytest.approx(1.0)
    assert verdict.send.strikes == 1 and verdict.send.strikes_since == NOW and verdict.hold is None


def test_the_pauses_double_with_jitter_up_to_a_limit() -> None:
    policy = Policy(tries_max=100)
    pauses = [wait_s(tried(sending(strikes=n), no(2), policy)) for n in range(12)]
    jittered = [wait_s(tried(sending(strikes=n), no(2), policy, chance=0.999)) for n in range(12)]
    assert pauses[:4] == [1, 2, 4, 8] and max(jittered) <= DELAY_S_MAX
    assert all(low < high for low, high in zip(pauses, jittered, strict=True))


def test_maintenance_waits_a_minute_at_least() -> None:
    assert wait_s(tried(sending(), no(131057, 500))) == 60


def test_what_the_answer_asks_for_is_waited() -> None:
    assert wait_s(tried(sending(), no(2, 503, retry_after_s=42))) == 42


def test_given_the_last_try_of_the_budget_then_it_fails_and_may_be_sent_anew() -> None:
    assert wait_s(tried(sending(strikes=6), no(2))) > 0
    said = failure(tried(sending(strikes=7), no(2)))
    assert (said.code, said.permanent) == ("2", False)


def test_given_the_wall_time_of_the_budget_is_over_then_it_fails() -> None:
    since = NOW - timedelta(seconds=901)
    assert failure(tried(sending(strikes=1, strikes_since=since), no(2))).permanent is False


@pytest.mark.parametrize("code", [1, 135000])
def test_codes_that_say_nothing_fail_after_a_few_tries(code: int) -> None:
    assert wait_s(tried(sending(strikes=1), no(code))) > 0
    assert failure(tried(sending(strikes=2), no(code))).code == str(code)


# Rates and holds cost no try.


def test_a_rate_limit_of_the_number_slows_it_down_without_a_strike() -> None:
    verdict = tried(sending(strikes=7), no(130429, retry_after_s=5))
    assert verdict.slow and verdict.send.strikes == 7 and verdict.send.state == "waiting"


def test_a_rate_limit_of_the_pair_rests_four_to_the_n() -> None:
    assert [wait_s(tried(sending(pair_strikes=n, strikes=7), no(131056))) for n in range(3)] == [4, 16, 64]


@pytest.mark.parametrize("code", [190, 10, 250, 131042, 133010])
def test_an_error_of_the_account_holds_everything_and_fails_nothing(code: int) -> None:
    verdict = tried(sending(strikes=7), no(code, 403))
    assert verdict.hold is not None and (verdict.hold.scope, verdict.hold.code) == ("all", code)
    assert verdict.send.strikes == 7 and wait_s(verdict) == 0


def test_a_spam_limit_holds_what_the_business_begins() -> None:
    verdict = tried(sending(queue="business"), no(131048))
    assert verdict.hold is not None and verdict.hold.scope == "business"
    assert verdict.send.strikes == 0 and wait_s(verdict) == 0


def test_a_reply_under_a_spam_limit_is_tried_again_inside_its_budget() -> None:
    verdict = tried(sending(), no(131048))
    assert verdict.hold is not None and verdict.hold.scope == "business" and verdict.send.strikes == 1


# Permanent, window, template, later, media.


@pytest.mark.parametrize("code", [100, 131026, 131030, 131050, 131062])
def test_a_permanent_error_fails_at_once(code: int) -> None:
    said = failure(tried(sending(), no(code)))
    assert (said.code, said.permanent, said.title) == (str(code), True, "as the Graph API words it")


def test_an_answer_without_a_graph_error_fails_by_its_status() -> None:
    assert failure(tried(sending(), no(None, 404))).code == "http_404"


def test_given_a_template_when_the_window_is_shut_then_the_template_goes() -> None:
    verdict = tried(sending(has_fallback=True), no(131047))
    assert verdict.send.fallback_used and wait_s(verdict) == 0 and verdict.send.strikes == 0


def test_without_a_template_a_shut_window_fails() -> None:
    assert failure(tried(sending(), no(131047))).code == "131047"
    assert failure(tried(sending(has_fallback=True, fallback_used=True), no(131047))).code == "131047"


def test_a_refused_template_fails_and_is_marked() -> None:
    verdict = tried(sending(), no(132015))
    assert failure(verdict).code == "132015" and verdict.bad_template


def test_what_whatsapp_chose_not_to_deliver_is_tried_once_more_after_a_day() -> None:
    verdict = tried(sending(queue="business"), no(131049))
    assert verdict.send.due_at == NOW + LATER and verdict.send.aside
    assert failure(tried(sending(queue="business", later_used=True), no(131049))).code == "131049"


def test_a_reply_does_not_wait_for_a_day() -> None:
    assert failure(tried(sending(), no(131049))).code == "131049"


def test_a_failed_upload_is_tried_once_more_and_a_failed_download_is_not() -> None:
    assert wait_s(tried(sending(), no(131053))) > 0
    assert failure(tried(sending(strikes=1), no(131053))).code == "131053"
    assert failure(tried(sending(), no(131052))).code == "131052"


# Uncertain.


@pytest.mark.parametrize("outcome", [Unknown("ServerDisconnectedError"), no(None, 502), no(999_999, 500)])
def test_an_answer_that_does_not_tell_leaves_it_uncertain(outcome: Outcome) -> None:
    verdict = tried(sending(), outcome)
    assert verdict.send.state == "uncertain" and verdict.send.strikes == 1 and not verdict.says
    assert verdict.touched[0].outcome == "unknown"


def test_given_a_status_that_was_faster_then_a_lost_answer_is_no_loss() -> None:
    verdict = tried(sending(copies=(lost(outcome="", rank=1),)), Unknown("timeout"))
    (said,) = verdict.says
    assert isinstance(said, MessageDelivered) and said.basis == "status"


def test_given_a_failure_that_was_reported_before_the_lost_answer_then_its_code_decides() -> None:
    verdict = tried(sending(copies=(lost(outcome="", failed=True, code=131026),)), Unknown("timeout"))
    assert failure(verdict).code == "131026"


def test_given_an_earlier_copy_that_stands_when_the_resend_is_refused_then_it_is_delivered_all_the_same() -> None:
    verdict = tried(sending(2, copies=(lost(rank=1),)), no(131026))
    (said,) = verdict.says
    assert isinstance(said, MessageDelivered) and said.basis == "status"


# Not called, not sendable.


def test_what_was_not_called_waits_and_nothing_is_counted() -> None:
    verdict = tried(sending(strikes=2), NotCalled("rate", 6.0))
    assert wait_s(verdict) == 6 and verdict.send.strikes == 2 and not verdict.touched


@pytest.mark.parametrize("code", ["expired", "window"])
def test_what_cannot_be_sent_now_fails_without_a_call(code: str) -> None:
    said = failure(tried(sending(), Unsendable(code, "why")))
    assert (said.code, said.permanent) == (code, False)


# Cancelled meanwhile: never called again.


@pytest.mark.parametrize("outcome", [no(2), no(190), no(131056), no(131026), NotSent("refused"), NotCalled("stopping")])
def test_given_a_cancellation_when_it_surely_did_not_go_out_then_it_is_cancelled(outcome: Outcome) -> None:
    verdict = tried(sending(cancelled="stop"), outcome)
    (said,) = verdict.says
    assert isinstance(said, MessageCancelled) and said.reason == "stop" and verdict.send.state == "cancelled"


def test_given_a_cancellation_when_it_is_accepted_then_it_is_delivered() -> None:
    assert tried(sending(cancelled="stop"), yes()).send.state == "delivered"


def test_given_a_cancellation_and_an_earlier_copy_of_unknown_outcome_then_it_fails_as_uncertain() -> None:
    assert failure(tried(sending(2, cancelled="stop", copies=(lost(1),)), no(2))).code == "uncertain"


def test_given_a_cancellation_and_only_refused_copies_then_it_is_cancelled() -> None:
    assert tried(sending(2, cancelled="stop", copies=(refused(1),)), no(2)).send.state == "cancelled"


# Probes of a number on hold.


@pytest.mark.parametrize(
    ("outcome", "works"),
    [(yes(), True), (no(131026), True), (no(131047), True), (no(190, 401), False), (no(2), False),
     (no(None, 404), False), (Unknown("timeout"), False), (NotSent("refused"), False), (no(130429), False)],
)  # fmt: skip
def test_a_probe_ends_a_hold_when_the_answer_is_about_the_message(outcome: Outcome, works: bool) -> None:
    assert proves_the_api_works(outcome) is works


def test_a_copy_knows_whether_it_stands() -> None:
    assert taken().stands and not taken(failed=True).stands
    assert lost(rank=1).stands and not lost().stands
    assert refused(rank=2).stands and not refused(rank=1).stands


def test_what_the_hot_path_says_of_a_first_acceptance_is_what_the_rule_says() -> None:
    for answer in (yes(), msgspec.structs.replace(yes(), accepted_at=None)):
        ruled = tried(sending(), answer).says
        said = first_acceptance(intent(), answer, BEGAN, 7, NOW)
        assert [msgspec.structs.replace(one, sequence=0) for one in said] == list(ruled)
        assert [one.sequence for one in said] == [8, 9]
