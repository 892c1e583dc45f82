"""What a rule brings about: the send as it is now, and what is said of it. The endings that all rules share."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec.structs import replace

from inkgate_common.contracts.deliveries import (
    Basis,
    Delivery,
    MessageCancelled,
    MessageDelivered,
    MessageFailed,
    MessageStatus,
)
from inkgate_common.contracts.intents import IntentCreated
from inkgate_common.contracts.receipts import GraphError
from inkgate_sender.domain.outcome import Accepted
from inkgate_sender.domain.send import REACHED_HER, Copy, Send, accepted_at, whole_second

HoldScope = Literal["all", "business"]


class Policy(msgspec.Struct, frozen=True):
    """The settings that rules need. Times in seconds."""

    gate_on: Literal["accepted", "delivered"] = "accepted"
    gate_timeout_s: float = 120.0
    tries_max: int = 8
    budget_s: float = 900.0
    base_s: float = 2.0


class Hold(msgspec.Struct, frozen=True):
    """Stop this number: all of it, or what the business begins."""

    scope: HoldScope
    code: int | None
    title: str | None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """`says` are the events of it, in order; their sequence numbers are given when they are written.

    `touched`: the copies that changed. `slow`: WhatsApp found the number too fast. `bad_template`: it refused the template.
    `resend`: an uncertain send is repeated. `duplicates` counts copies too many that are now known to have gone out.
    """

    send: Send
    touched: tuple[Copy, ...] = ()
    says: tuple[Delivery, ...] = ()
    hold: Hold | None = None
    slow: bool = False
    bad_template: bool = False
    resend: bool = False
    duplicates: int = 0


def status(send: Send, copy: Copy, name: str, now: datetime, **more: object) -> MessageStatus:
    """What was learned about one copy."""
    return MessageStatus(
        intent_id=send.intent_id,
        sequence=0,
        lead_id=send.lead_id,
        at=now,
        wamid=copy.wamid,
        attempt=copy.attempt,
        status=name,
        fallback=copy.fallback,
        **more,  # type: ignore[arg-type]
    )


def graph_errors(code: int | None, title: str | None, details: str | None = None) -> list[GraphError]:
    """The list as a status carries it."""
    return [] if code is None else [GraphError(code=code, title=title, details=details)]


def deliver(send: Send, copy: Copy, basis: Basis, now: datetime) -> tuple[Send, MessageDelivered]:
    """It is delivered: by this copy."""
    said = MessageDelivered(
        intent_id=send.intent_id,
        sequence=0,
        lead_id=send.lead_id,
        at=now,
        wamid=copy.wamid,
        attempts=max(send.attempt, 1),
        basis=basis,
        accepted_at=accepted_at(send, copy, now),
        began_at=copy.began_at or send.began_at or now,
        fallback=copy.fallback,
    )
    return replace(send, state="delivered", owner=None), said


def first_acceptance(
    intent: IntentCreated, answer: Accepted, began_at: datetime, number: int, now: datetime
) -> tuple[MessageStatus, MessageDelivered]:
    """What is said of a first attempt that was accepted (the body, not the fallback), with the two sequence numbers after
    `number`: the same as retry's `accepted` would say, without the detour over a Send (it is said once a turn)."""
    told = MessageStatus(
        intent_id=intent.intent_id,
        sequence=number + 1,
        lead_id=intent.lead_id,
        at=now,
        wamid=answer.wamid,
        attempt=1,
        status="accepted",
        accepted_at=answer.accepted_at,
        began_at=began_at,
    )
    delivered = MessageDelivered(
        intent_id=intent.intent_id,
        sequence=number + 2,
        lead_id=intent.lead_id,
        at=now,
        wamid=answer.wamid,
        attempts=1,
        basis="accepted",
        accepted_at=answer.accepted_at or whole_second(began_at),
        began_at=began_at,
    )
    return told, delivered


def fail(
    send: Send, code: str, title: str | None, now: datetime, *, permanent: bool = True
) -> tuple[Send, MessageFailed]:
    """It did not go out, as far as anybody knows, and will not be tried again."""
    said = MessageFailed(
        intent_id=send.intent_id, sequence=0, lead_id=send.lead_id, at=now, code=code, title=title, permanent=permanent
    )
    return replace(send, state="failed", owner=None, code=code), said


def cancel(send: Send, now: datetime) -> tuple[Send, MessageCancelled]:
    """It surely did not go out, and will not."""
    said = MessageCancelled(intent_id=send.intent_id, sequence=0, lead_id=send.lead_id, at=now, reason=send.cancelled)
    return replace(send, state="cancelled", owner=None), said


def settle(send: Send, policy: Policy, now: datetime) -> tuple[Send, tuple[Delivery, ...]] | None:
    """End it by the copy that stands, if one does; None when none does.

    With `gate_on = delivered` a copy that WhatsApp only took frees the queue and waits for more.
    """
    standing = [copy for copy in send.copies if copy.stands]
    if not standing:
        return None
    best = max(standing, key=lambda copy: (copy.rank, -copy.attempt))
    if policy.gate_on == "delivered" and best.rank < REACHED_HER:
        due = now + timedelta(seconds=policy.gate_timeout_s)
        return replace(send, state="accepted", owner=None, due_at=due), ()
    ended, said = deliver(send, best, "status" if best.rank else "accepted", now)
    return ended, (said,)
