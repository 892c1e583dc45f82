"""A send in the memory of the process that is to call, and what came of it."""

from datetime import datetime
from uuid import UUID

import msgspec

from inkgate_common.contracts.intents import Body, IntentCreated
from inkgate_sender.domain.outcome import Outcome
from inkgate_sender.repository_queue import Claimed

_payload = msgspec.json.Decoder(IntentCreated)


class Job(msgspec.Struct, kw_only=True, eq=False):
    """One attempt. `committed_s`: when its record as `sending` was committed, on the monotonic clock. `cancelled`: taken
    back meanwhile; it must not be called."""

    intent: IntentCreated
    conversation_id: UUID
    attempt: int
    owner: UUID
    traceparent: str | None
    committed_s: float
    fallback_used: bool = False
    probe: bool = False
    cancelled: bool = False

    @property
    def intent_id(self) -> UUID:
        return self.intent.intent_id

    @property
    def recipient(self) -> str:
        """Who gets it, by whatever she is addressed."""
        return self.intent.to or self.intent.recipient or ""


class Result(msgspec.Struct, frozen=True, eq=False):
    """What came of a job. `body`: what was sent (None: nothing was)."""

    job: Job
    outcome: Outcome
    began_at: datetime
    body: Body | None = None
    pause_s: float = 0.0


def of_claim(claimed: Claimed, owner: UUID, now_s: float, *, probe: bool) -> Job:
    """The job of a claimed row. Raises msgspec's errors where the payload cannot be read."""
    return Job(
        intent=_payload.decode(claimed.payload),
        conversation_id=claimed.conversation_id,
        attempt=claimed.attempt,
        owner=owner,
        traceparent=claimed.traceparent,
        committed_s=now_s,
        fallback_used=claimed.fallback_used,
        probe=probe,
    )
