"""The uncertain send (PROTOCOL §2): a crash or a lost answer between the call and its record leaves a send that may have
happened, and the Graph API has no idempotency key. It waits for a status that carries `<intent_id>:<attempt>`, and only if
none came while our receipts were caught up is it sent again. After a cancellation it is not repeated."""

from datetime import datetime

from msgspec.structs import replace

from inkgate_sender.domain.retry import exhausted
from inkgate_sender.domain.send import Send
from inkgate_sender.domain.verdict import Policy, Verdict, deliver, fail, settle


def orphaned(send: Send, policy: Policy, now: datetime) -> Verdict:
    """Its process died, or lost its lease, with the call under way: the attempt stays the current one, its outcome is
    unknown. A status may have come already."""
    copy = replace(send.copy(send.attempt), outcome="unknown")
    send = replace(send.with_copy(copy), owner=None)
    settled = settle(send, policy, now)
    if settled is not None:
        return Verdict(send=settled[0], touched=(copy,), says=settled[1])
    strikes = replace(send, strikes=send.strikes + 1, strikes_since=send.strikes_since or now)
    return Verdict(send=replace(strikes, state="uncertain", due_at=now), touched=(copy,))


def look_again(send: Send, waited_s: float, wait_s: float, policy: Policy, now: datetime) -> Verdict | None:
    """An uncertain send after `waited_s` seconds in which receipts were caught up. None: go on waiting."""
    settled = settle(send, policy, now)
    if settled is not None:
        return Verdict(send=settled[0], says=settled[1])
    if waited_s < wait_s:
        return None
    if send.copy(send.attempt).outcome == "":
        # A restored database had no record of it.
        send = send.with_copy(replace(send.copy(send.attempt), outcome="unknown"))
    if send.cancelled is not None or exhausted(send, policy, now):
        failed, said = fail(send, "uncertain", "Nobody knows whether it went out.", now, permanent=False)
        return Verdict(send=failed, says=(said,))
    return Verdict(send=replace(send, state="waiting", due_at=now), resend=True)


def gate_timed_out(send: Send, policy: Policy, now: datetime) -> Verdict:
    """`gate_on = delivered`, and no status came in time: what was accepted counts as delivered (basis timeout)."""
    standing = [copy for copy in send.copies if copy.stands]
    copy = max(standing, key=lambda known: known.rank) if standing else send.copy(send.attempt)
    ended, said = deliver(send, copy, "timeout", now)
    return Verdict(send=ended, says=(said,))
