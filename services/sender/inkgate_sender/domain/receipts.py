"""What a status webhook means for a send. Statuses only rise; the same one twice, or a lower one, changes nothing.

`failed` and `delivered` may come in either order (FACTS §1): a copy that reached her cannot fail any more, and a copy that
failed can still turn out to have reached her, but a stale `sent` after `failed` proves nothing.
"""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from inkgate_common.contracts.deliveries import Delivery
from inkgate_common.contracts.receipts import GraphError
from inkgate_sender.domain.errors_table import classify
from inkgate_sender.domain.retry import after_failed_status, hold_of
from inkgate_sender.domain.send import RANKS, REACHED_HER, Copy, Send, accepted_at, whole_second
from inkgate_sender.domain.verdict import Policy, Verdict, settle, status


class Receipt(msgspec.Struct, frozen=True):
    """A status of one copy. `attempt` None: WhatsApp did not say; then it is of the newest."""

    attempt: int | None
    wamid: str
    status: str
    at: datetime
    errors: tuple[GraphError, ...] = ()


def judge(send: Send, receipt: Receipt, policy: Policy, now: datetime, chance: float) -> Verdict:
    """What the receipt brings about. A verdict without touched copies: it changes nothing."""
    copy = send.copy(receipt.attempt or max(send.attempt, 1))
    if receipt.status == "failed":
        return _failed(send, copy, receipt, policy, now, chance)
    rank = RANKS.get(receipt.status, 0)
    if rank <= copy.rank or (copy.failed and rank < REACHED_HER):
        return Verdict(send=send)
    return _rose(send, copy, receipt, rank, policy, now)


def _rose(send: Send, copy: Copy, receipt: Receipt, rank: int, policy: Policy, now: datetime) -> Verdict:
    taken_at = copy.accepted_at or (whole_second(receipt.at) if receipt.status == "sent" else None)
    risen = replace(copy, rank=rank, failed=False, code=None, wamid=receipt.wamid, accepted_at=taken_at)
    after = send.with_copy(risen)
    duplicates = int(not copy.went_out and any(other.went_out for other in send.others(copy.attempt)))
    if _makes_delivered(send, copy, rank):
        after = replace(after, state="delivered", late_failed=False)
        said = status(
            after,
            risen,
            receipt.status,
            now,
            makes_delivered=True,
            accepted_at=accepted_at(after, risen, receipt.at),
            began_at=risen.began_at or send.began_at,
        )
        return Verdict(send=after, touched=(risen,), says=(said,), duplicates=duplicates)
    says: list[Delivery] = [status(after, risen, receipt.status, now)]
    settled = settle(after, policy, now) if _may_end(send, rank) else None
    if settled is not None:
        after = settled[0]
        says.extend(settled[1])
    return Verdict(send=after, touched=(risen,), says=tuple(says), duplicates=duplicates)


def _makes_delivered(send: Send, copy: Copy, rank: int) -> bool:
    """What had ended otherwise is delivered after all: by a copy whose outcome was unknown, or by one that reached her
    though it was recorded as failed (PROTOCOL §2, 'the other way round')."""
    if send.state == "delivered":
        return send.late_failed
    if not send.ended:
        return False
    return rank >= REACHED_HER or (copy.outcome in ("", "unknown") and not copy.failed)


def _may_end(send: Send, rank: int) -> bool:
    """While a call is under way its answer ends the send; what was accepted waits for more than `sent`."""
    return send.state in ("waiting", "uncertain") or (send.state == "accepted" and rank >= REACHED_HER)


def _failed(send: Send, copy: Copy, receipt: Receipt, policy: Policy, now: datetime, chance: float) -> Verdict:
    if copy.failed or copy.rank >= REACHED_HER:
        return Verdict(send=send)
    code = receipt.errors[0].code if receipt.errors else None
    fallen = replace(copy, failed=True, code=code, wamid=receipt.wamid)
    after = send.with_copy(fallen)
    others = [other for other in after.others(fallen.attempt) if other.went_out]
    all_failed = all(other.failed for other in others)
    late = send.state == "delivered" and all_failed
    duplicates = int(not copy.went_out and bool(others))
    said = status(after, fallen, "failed", now, errors=list(receipt.errors), all_failed=late)
    # Some refusals of the whole account come by webhook only (131042, 131048).
    title = receipt.errors[0].title if receipt.errors else None
    hold = None if code is None else hold_of(classify(code, 400).kind, code, title)
    verdict = Verdict(send=after, touched=(fallen,), says=(said,), hold=hold, duplicates=duplicates)
    if late:
        return replace(verdict, send=replace(after, late_failed=True))
    if all_failed and fallen.attempt == send.attempt and send.state in ("uncertain", "accepted"):
        # Not ended yet: a refusal that came by webhook. It may be tried again.
        refused = after_failed_status(after, fallen, policy, now, chance)
        return replace(refused, says=(said, *refused.says), hold=hold, duplicates=duplicates)
    return verdict
