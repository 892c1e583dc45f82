"""What follows from one try: the send ends, waits to be tried again, or is uncertain. The classes are errors_table's.

Retries back off with jitter inside a budget of tries and of wall time. Holds and rate limits cost no try, so that nothing
fails for them; a cancelled send is never tried again.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from inkgate_common import backoff
from inkgate_common.contracts.deliveries import Delivery
from inkgate_sender.domain import rate
from inkgate_sender.domain.errors_table import Kind, Rule, classify
from inkgate_sender.domain.outcome import Accepted, NotCalled, NotSent, Outcome, Refused, Unknown, Unsendable
from inkgate_sender.domain.queue import BUSINESS
from inkgate_sender.domain.send import Copy, Send
from inkgate_sender.domain.verdict import (
    Hold,
    Policy,
    Verdict,
    cancel,
    deliver,
    fail,
    graph_errors,
    settle,
    status,
)

DELAY_S_MAX = 300.0
LATER = timedelta(hours=24)
_CONNECTION = Rule("transient")


def after_try(
    send: Send, outcome: Outcome, began_at: datetime, policy: Policy, now: datetime, chance: float
) -> Verdict:
    """Judge the outcome of the current attempt, whose call began at `began_at`. `chance` in [0, 1) spreads retries."""
    match outcome:
        case Accepted():
            return accepted(send, outcome, began_at, policy, now, chance)
        case Unknown():
            return _unknown(send, began_at, policy, now, chance)
        case NotCalled():
            return _not_called(send, outcome, now)
        case Unsendable():
            return _unsendable(send, outcome, policy, now)
        case NotSent():
            refused = Refused(None, outcome.reason, 0)
            return _refused(_with_outcome(send, "refused", began_at), refused, _CONNECTION, policy, now, chance)
        case Refused():
            rule = classify(outcome.code, outcome.http_status)
            if rule.kind == "uncertain":
                return _unknown(send, began_at, policy, now, chance)
            return _refused(_with_outcome(send, "refused", began_at), outcome, rule, policy, now, chance)


def accepted(send: Send, answer: Accepted, began_at: datetime, policy: Policy, now: datetime, chance: float) -> Verdict:
    """WhatsApp took the current attempt. A status may have come before the answer."""
    known = send.copy(send.attempt)
    copy = replace(
        known,
        outcome="accepted",
        wamid=answer.wamid or known.wamid,
        began_at=began_at,
        accepted_at=answer.accepted_at or known.accepted_at,
    )
    duplicates = int(not known.went_out and any(other.went_out for other in send.others(copy.attempt)))
    send = replace(send.with_copy(copy), strikes=0, strikes_since=None, pair_strikes=0)
    says: list[Delivery] = [status(send, copy, "accepted", now, accepted_at=copy.accepted_at, began_at=began_at)]
    if policy.gate_on == "accepted":
        send, said = deliver(send, copy, "accepted", now)
        says.append(said)
        if copy.failed and not any(other.stands for other in send.others(copy.attempt)):
            send = replace(send, late_failed=True)
            errors = graph_errors(copy.code, None)
            says.append(status(send, copy, "failed", now, errors=errors, all_failed=True))
        return Verdict(send=send, touched=(copy,), says=tuple(says), duplicates=duplicates)
    settled = settle(send, policy, now)
    if settled is None:  # its failure was reported before its answer was recorded
        failed = after_failed_status(send, copy, policy, now, chance)
        return replace(failed, says=(*says, *failed.says), duplicates=duplicates)
    return Verdict(send=settled[0], touched=(copy,), says=(*says, *settled[1]), duplicates=duplicates)


def after_failed_status(send: Send, copy: Copy, policy: Policy, now: datetime, chance: float) -> Verdict:
    """WhatsApp took the current attempt and reported its failure before the send had ended: a refusal that came late."""
    refused = Refused(copy.code, None, 400)
    verdict = _refused(send, refused, classify(copy.code, 400), policy, now, chance)
    return replace(verdict, touched=(copy,))


def _with_outcome(send: Send, outcome: str, began_at: datetime) -> Send:
    known = send.copy(send.attempt)
    return send.with_copy(replace(known, outcome=outcome, began_at=began_at))


def _unknown(send: Send, began_at: datetime, policy: Policy, now: datetime, chance: float) -> Verdict:
    """Nobody knows whether it went out: wait for a status (uncertain.py)."""
    send = _with_outcome(send, "unknown", began_at)
    copy = send.copy(send.attempt)
    settled = settle(send, policy, now)
    if settled is not None:
        return Verdict(send=settled[0], touched=(copy,), says=settled[1])
    if copy.failed:
        return after_failed_status(send, copy, policy, now, chance)
    waiting = replace(send, state="uncertain", owner=None, due_at=now)
    return Verdict(send=_strike(waiting, now), touched=(copy,))


def _not_called(send: Send, outcome: NotCalled, now: datetime) -> Verdict:
    waiting = replace(send, state="waiting", owner=None, due_at=now + timedelta(seconds=outcome.wait_s))
    return _end_if_cancelled(Verdict(send=waiting), now)


def _unsendable(send: Send, outcome: Unsendable, policy: Policy, now: datetime) -> Verdict:
    settled = settle(send, policy, now)
    if settled is not None:
        return Verdict(send=settled[0], says=settled[1])
    if send.cancelled is not None:
        return _end_if_cancelled(Verdict(send=send), now)
    failed, said = fail(send, outcome.code, outcome.title, now, permanent=False)
    return Verdict(send=failed, says=(said,))


def _refused(send: Send, answer: Refused, rule: Rule, policy: Policy, now: datetime, chance: float) -> Verdict:
    """A definite no. Where another copy stands the send is delivered all the same."""
    copy = send.copy(send.attempt)
    side = Verdict(
        send=send,
        touched=(copy,),
        hold=hold_of(rule.kind, answer.code, answer.title),
        bad_template=rule.kind == "template",
    )
    settled = settle(send, policy, now)
    if settled is not None:
        return replace(side, send=settled[0], says=settled[1])
    if send.cancelled is not None:
        return _end_if_cancelled(side, now)
    again = _again(send, answer, rule, policy, now, chance)
    if again is not None:
        return replace(side, send=again, slow=rule.kind == "rate_number")
    failed, said = fail(send, _code(answer), answer.title, now, permanent=rule.kind != "transient")
    return replace(side, send=failed, says=(said,))


def _again(send: Send, answer: Refused, rule: Rule, policy: Policy, now: datetime, chance: float) -> Send | None:
    """The send as it waits for its next try; None: there is none."""
    waiting = replace(send, state="waiting", owner=None, due_at=now)
    match rule.kind:
        case "rate_number" | "hold":
            return waiting
        case "rate_pair":
            strikes = send.pair_strikes + 1
            wait_s = max(answer.retry_after_s, rate.pair_wait_s(strikes))
            return replace(waiting, pair_strikes=strikes, due_at=now + timedelta(seconds=wait_s))
        case "hold_business" if send.queue == BUSINESS:
            return waiting
        case "window" if send.has_fallback and not send.fallback_used:
            return replace(waiting, fallback_used=True)
        case "later" if send.queue == BUSINESS and not send.later_used:
            # A reply that comes a day late is no reply: only what the business began waits for it.
            return replace(waiting, later_used=True, aside=True, due_at=now + LATER)
        case "transient" | "media" | "hold_business":
            return _back_off(waiting, answer, rule, policy, now, chance)
        case _:
            return None


def _back_off(send: Send, answer: Refused, rule: Rule, policy: Policy, now: datetime, chance: float) -> Send | None:
    struck = _strike(send, now)
    if exhausted(struck, policy, now, rule.tries_max):
        return None
    delay_s = backoff.delay_s(struck.strikes, chance, base_s=policy.base_s, cap_s=DELAY_S_MAX)
    wait_s = max(delay_s, rule.wait_s_min, answer.retry_after_s)
    return replace(struck, due_at=now + timedelta(seconds=wait_s))


def _strike(send: Send, now: datetime) -> Send:
    return replace(send, strikes=send.strikes + 1, strikes_since=send.strikes_since or now)


def exhausted(send: Send, policy: Policy, now: datetime, tries_max: int | None = None) -> bool:
    """Whether its budget is spent: of tries, or of wall time since the first failed one."""
    tries = policy.tries_max if tries_max is None else min(tries_max, policy.tries_max)
    spent_s = (now - send.strikes_since).total_seconds() if send.strikes_since else 0.0
    return send.strikes >= tries or spent_s > policy.budget_s


def hold_of(kind: Kind, code: int | None, title: str | None) -> Hold | None:
    """The hold that an error of this class puts on the number, if any."""
    if kind == "hold":
        return Hold("all", code, title)
    return Hold("business", code, title) if kind == "hold_business" else None


def _end_if_cancelled(verdict: Verdict, now: datetime) -> Verdict:
    """A cancelled send that is not on its way ends here: cancelled where it surely did not go out."""
    send = verdict.send
    if send.cancelled is None:
        return verdict
    if send.perhaps_out:
        failed, said = fail(send, "uncertain", "Cancelled while nobody knew whether it went out.", now, permanent=False)
        return replace(verdict, send=failed, says=(said,))
    ended, told = cancel(send, now)
    return replace(verdict, send=ended, says=(told,))


def _code(answer: Refused) -> str:
    if answer.code is not None:
        return str(answer.code)
    return f"http_{answer.http_status}" if answer.http_status else "connection"


def proves_the_api_works(outcome: Outcome) -> bool:
    """Whether a probe's outcome shows that the number is served again: the answer was about this message, not about us."""
    if isinstance(outcome, Accepted):
        return True
    if not isinstance(outcome, Refused) or outcome.code is None:
        return False
    kind = classify(outcome.code, outcome.http_status).kind
    return kind in ("permanent", "window", "template", "later", "media", "rate_pair")
