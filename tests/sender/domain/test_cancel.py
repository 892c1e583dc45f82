"""Taking an intent back."""

import pytest

from inkgate_common.contracts.deliveries import MessageCancelled, MessageFailed
from inkgate_sender.domain.cancel import stopped_by_opt_out, take_back
from inkgate_sender.domain.send import Send
from tests.builders.sends import NOW, delivered, failed, refused, sending, uncertain, unknown, waiting


def test_what_waits_is_cancelled() -> None:
    verdict = take_back(waiting(), "stop", NOW)
    (said,) = verdict.says
    assert isinstance(said, MessageCancelled) and said.reason == "stop" and verdict.send.state == "cancelled"


def test_what_waits_between_tries_after_a_definite_error_is_cancelled() -> None:
    assert take_back(waiting(attempt=1, copies=(refused(),)), "stop", NOW).send.state == "cancelled"


def test_what_waits_to_be_repeated_fails_as_uncertain() -> None:
    (said,) = take_back(waiting(attempt=1, copies=(unknown(),)), "stop", NOW).says
    assert isinstance(said, MessageFailed) and said.code == "uncertain"


@pytest.mark.parametrize("send", [sending(), uncertain()])
def test_what_may_be_going_out_ends_as_it_ends_but_is_never_called_again(send: Send) -> None:
    verdict = take_back(send, "stop", NOW)
    assert not verdict.says and verdict.send.cancelled == "stop" and verdict.send.state == send.state


@pytest.mark.parametrize("send", [delivered(), failed()])
def test_what_has_ended_stays_as_it_is(send: Send) -> None:
    assert take_back(send, "stop", NOW).send == send


def test_an_opt_out_stops_everything_that_was_begun_before_it_but_a_confirmation() -> None:
    assert stopped_by_opt_out(waiting(sequence=3), 4)
    assert not stopped_by_opt_out(waiting(sequence=5), 4)
    assert not stopped_by_opt_out(waiting(sequence=3, confirmation=True), 4)
    assert not stopped_by_opt_out(delivered(sequence=3), 4)
