"""What became of one try to send, as values: the gateway's answers, and the reasons for which no call began."""

from datetime import datetime

import msgspec


class Accepted(msgspec.Struct, frozen=True):
    """HTTP 200. `accepted_at` is the response's Date (WhatsApp's clock, whole seconds), None where it had none."""

    wamid: str | None
    accepted_at: datetime | None


class Refused(msgspec.Struct, frozen=True):
    """An answer that says it was not taken. `code` is the Graph error's, None where the answer held no Graph error."""

    code: int | None
    title: str | None
    http_status: int
    retry_after_s: float = 0.0


class Unknown(msgspec.Struct, frozen=True):
    """It may have gone out or not: bytes were written, and no answer that says so came back."""

    reason: str


class NotSent(msgspec.Struct, frozen=True):
    """No byte of the request left this machine's connection: it was never made."""

    reason: str


class NotCalled(msgspec.Struct, frozen=True):
    """No call began: a hold, a pause, a stop, a lost lease. The message waits again, and nothing is counted."""

    reason: str
    wait_s: float = 0.0


class Unsendable(msgspec.Struct, frozen=True):
    """Judged at send time: it expired, or the window is shut. It fails without a call."""

    code: str
    title: str


Outcome = Accepted | Refused | Unknown | NotSent | NotCalled | Unsendable
