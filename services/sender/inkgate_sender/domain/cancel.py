"""Taking an intent back. What waits and surely did not go out is cancelled; what is under way ends as it ends; neither is
called again from the moment on which the cancellation is taken in."""

from datetime import datetime

from msgspec.structs import replace

from inkgate_sender.domain.send import Send
from inkgate_sender.domain.verdict import Verdict, cancel, fail


def take_back(send: Send, reason: str, now: datetime) -> Verdict:
    """Cancel `send`, as far as that goes. Its verdict has no events where it goes on to end by itself."""
    if send.ended:
        return Verdict(send=send)
    marked = replace(send, cancelled=send.cancelled or reason)
    if marked.state != "waiting":
        return Verdict(send=marked)
    if marked.perhaps_out:
        # It was uncertain, its wait is over, and it will not be repeated: that is its end.
        failed, said = fail(
            marked, "uncertain", "Cancelled while nobody knew whether it went out.", now, permanent=False
        )
        return Verdict(send=failed, says=(said,))
    ended, told = cancel(marked, now)
    return Verdict(send=ended, says=(told,))


def stopped_by_opt_out(send: Send, sequence: int) -> bool:
    """Whether an opt-out with this intent sequence stops this send too: whatever was begun before it, but a confirmation.

    Dialogue takes each of them back by name; this holds where it did not know of one (PROTOCOL §7, rule 6).
    """
    return not send.ended and not send.confirmation and send.sequence < sequence
