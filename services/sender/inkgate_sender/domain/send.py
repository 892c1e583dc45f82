"""A send: one intent on its way, and the copies of it that may have gone out.

waiting ──claimed──▶ sending ──answered──▶ delivered | failed | cancelled            (ended: exactly one of them)
   ▲                    ├──no answer─────▶ uncertain ──status──▶ delivered
   │                    │                     └──wait over────▶ waiting (attempt + 1), or failed
   └──to be tried again─┘
accepted: taken by WhatsApp, but the gate waits for a status (`gate_on = delivered`); it holds up nobody.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

State = Literal["waiting", "sending", "uncertain", "accepted", "delivered", "failed", "cancelled"]
CopyOutcome = Literal["", "accepted", "refused", "unknown"]

ENDED: frozenset[str] = frozenset(("delivered", "failed", "cancelled"))

# Statuses only rise (WhatsApp promises no order among webhooks; FACTS §1).
RANKS: dict[str, int] = {"sent": 1, "delivered": 2, "read": 3, "played": 4}
REACHED_HER = 2


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """One call of the Graph API. `outcome` is what its answer said ('' while under way); `rank` and `failed` what statuses
    said; `code` the error of a failed one. `fallback`: it is the fallback template, not the
    body. `wamid` is forgotten when the send ends: it holds the phone number."""

    attempt: int
    outcome: CopyOutcome = ""
    rank: int = 0
    failed: bool = False
    code: int | None = None
    wamid: str | None = None
    began_at: datetime | None = None
    accepted_at: datetime | None = None
    fallback: bool = False

    @property
    def went_out(self) -> bool:
        """WhatsApp surely took it, whatever became of it."""
        return self.outcome == "accepted" or self.rank > 0 or self.failed

    @property
    def may_have_gone_out(self) -> bool:
        """It did, or nobody knows."""
        return self.went_out or self.outcome in ("", "unknown")

    @property
    def stands(self) -> bool:
        """WhatsApp has it and has not reported its failure. A stale `sent` of a refused copy proves nothing."""
        if self.failed:
            return False
        return self.outcome == "accepted" or self.rank >= REACHED_HER or (self.rank > 0 and self.outcome != "refused")


class Send(msgspec.Struct, frozen=True, kw_only=True):
    """An intent in the sender. `attempt` names the newest call (0: none yet); `strikes` are the failed tries that count;
    `cancelled` is the reason for which it will never be called again; `aside`: it waits for so long that it blocks nobody;
    `suspect`: a restored database may have forgotten a call of it. `fallback_used`: the current attempt, and every later
    one, says the fallback template (a shut window opens no more for it)."""

    intent_id: UUID
    conversation_id: UUID
    sequence: int
    queue: str
    phone_number_id: str
    due_at: datetime
    lead_id: UUID | None = None
    traceparent: str | None = None
    confirmation: bool = False
    has_fallback: bool = False
    window_expires_at: datetime | None = None
    state: State = "waiting"
    attempt: int = 0
    owner: UUID | None = None
    began_at: datetime | None = None
    strikes: int = 0
    strikes_since: datetime | None = None
    pair_strikes: int = 0
    fallback_used: bool = False
    later_used: bool = False
    aside: bool = False
    suspect: bool = False
    late_failed: bool = False
    cancelled: str | None = None
    code: str | None = None
    copies: tuple[Copy, ...] = ()

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def copy(self, attempt: int) -> Copy:
        """The copy of this attempt, as far as anything is known of it."""
        for known in self.copies:
            if known.attempt == attempt:
                return known
        if attempt != self.attempt:
            return Copy(attempt=attempt)
        return Copy(attempt=attempt, began_at=self.began_at, fallback=self.fallback_used)

    def with_copy(self, copy: Copy) -> "Send":
        """The same with this copy put in."""
        others = [known for known in self.copies if known.attempt != copy.attempt]
        return replace(self, copies=tuple(sorted([*others, copy], key=lambda known: known.attempt)))

    def others(self, attempt: int) -> Iterable[Copy]:
        """The copies of other attempts."""
        return (known for known in self.copies if known.attempt != attempt)

    @property
    def perhaps_out(self) -> bool:
        """Some copy of it may be with her: it cannot be said that it surely did not go out."""
        return any(known.may_have_gone_out and not known.failed for known in self.copies)


def whole_second(moment: datetime) -> datetime:
    """WhatsApp counts whole seconds; what is compared with its clock must too."""
    return moment.replace(microsecond=0)


def accepted_at(send: Send, copy: Copy, now: datetime) -> datetime:
    """When WhatsApp took it, by its own clock: the answer's Date or the status `sent`; where neither is known, the start of
    the first attempt that may have gone out (PROTOCOL §2)."""
    if copy.accepted_at is not None:
        return copy.accepted_at
    begun = [c.began_at for c in (*send.copies, copy) if c.began_at is not None and c.may_have_gone_out]
    return whole_second(min(begun, default=now))
