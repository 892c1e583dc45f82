"""How fast this process may send: token buckets of numbers and recipients, pauses after rate errors, holds. In memory; holds
come from the database (keeper.py), so that every process obeys them."""

from collections.abc import Iterable
from typing import NamedTuple

from inkgate_sender.domain import rate
from inkgate_sender.domain.queue import BUSINESS, REPLY

RECIPIENTS_MAX = 50_000


class Leave(NamedTuple):
    """`wait_s` 0: go, tokens are taken. Else how long not; `personal`: because of the recipient, not of the number."""

    wait_s: float
    personal: bool = False


class _Number:
    """What is known of one phone number id."""

    def __init__(self) -> None:
        self.hold_scope: str | None = None
        self.full_at = 0.0
        self.paused_until = 0.0
        self.pauses = 0

    def held(self, queue: str) -> bool:
        return self.hold_scope == "all" or (self.hold_scope == "business" and queue == BUSINESS)


class Pacing:
    """All times are seconds of one monotonic clock, given as `now`. Rate 0: no pacing of ours, of recipients neither."""

    def __init__(self, rate_per_s: float) -> None:
        self._rate = rate_per_s
        self.replicas = 1
        self._numbers: dict[str, _Number] = {}
        self._recipients: dict[str, float] = {}
        self._stored: set[str] = set()

    def leave(self, phone_number_id: str, queue: str, recipient: str, now: float) -> Leave:
        """Ask to send one message to `recipient` now."""
        number = self._number(phone_number_id)
        if number.held(queue):
            return Leave(float("inf"))
        if number.paused_until > now:
            return Leave(number.paused_until - now)
        if self._rate == 0:
            return Leave(0.0)
        interval_s = rate.number_interval_s(self._rate, self.replicas)
        ours = rate.take(number.full_at, now, interval_s, rate.number_burst(interval_s))
        if ours.wait_s:
            return Leave(ours.wait_s)
        key = f"{phone_number_id}:{recipient}"
        hers = rate.take(self._recipients.get(key, 0.0), now, rate.PAIR_INTERVAL_S, rate.PAIR_BURST)
        if hers.wait_s:
            return Leave(hers.wait_s, personal=True)
        number.full_at = ours.full_at
        self._recipients[key] = hers.full_at
        if len(self._recipients) > RECIPIENTS_MAX:
            self._recipients = {name: full_at for name, full_at in self._recipients.items() if full_at > now}
        return Leave(0.0)

    def room(self, phone_number_id: str, queue: str, now: float) -> int:
        """How many messages of this queue the number could send now."""
        number = self._number(phone_number_id)
        if number.held(queue) or number.paused_until > now:
            return 0
        if self._rate == 0:
            return 1_000_000
        interval_s = rate.number_interval_s(self._rate, self.replicas)
        burst_s = rate.number_burst(interval_s) * interval_s
        return max(0, int((burst_s - max(0.0, number.full_at - now)) / interval_s + 1e-6))

    def opens_in_s(self, now: float) -> float:
        """When a number that is out of tokens or pauses can send again, at the earliest; infinite where none is."""
        waits = []
        for number in self._numbers.values():
            if number.hold_scope == "all":
                continue
            if number.paused_until > now:
                waits.append(number.paused_until - now)
            elif self._rate:
                interval_s = rate.number_interval_s(self._rate, self.replicas)
                burst = rate.number_burst(interval_s)
                waits.append(rate.take(number.full_at, now, interval_s, burst).wait_s or float("inf"))
        return min(waits, default=float("inf"))

    def too_fast(self, phone_number_id: str, retry_after_s: float, now: float) -> float:
        """WhatsApp said that this number is too fast: rest, longer each time. Returns the pause in seconds."""
        number = self._number(phone_number_id)
        if number.paused_until <= now:
            # Answers to calls that were under way together count once.
            number.pauses += 1
            number.paused_until = now + rate.pause_s(number.pauses, retry_after_s)
        return number.paused_until - now

    def accepted(self, phone_number_id: str) -> None:
        """WhatsApp took a message of this number."""
        self._number(phone_number_id).pauses = 0

    def stored(self, phone_number_id: str) -> bool:
        """Whether this number is known to be in the table `numbers`."""
        return phone_number_id in self._stored

    def note_numbers(self, phone_number_ids: Iterable[str]) -> None:
        """These are numbers of ours."""
        for phone_number_id in phone_number_ids:
            self._number(phone_number_id)

    def note_stored(self, phone_number_ids: Iterable[str]) -> None:
        """These are in the table `numbers`."""
        self._stored.update(phone_number_ids)
        self.note_numbers(phone_number_ids)

    def widen_hold(self, phone_number_id: str, scope: str) -> None:
        """Hold the number at least as far as `scope`."""
        number = self._number(phone_number_id)
        if number.hold_scope != "all":
            number.hold_scope = scope

    def end_hold(self, phone_number_id: str) -> None:
        """Let everything of the number go."""
        self._number(phone_number_id).hold_scope = None

    def hold(self, phone_number_id: str, scope: str | None) -> bool:
        """Set or end the hold of a number. Returns whether that lets something go that was held."""
        number = self._number(phone_number_id)
        before, number.hold_scope = number.hold_scope, scope
        return before is not None and scope != before and scope != "all"

    def on_hold(self, phone_number_id: str, queue: str) -> bool:
        """Whether this queue of the number is held."""
        return self._number(phone_number_id).held(queue)

    def held(self) -> list[tuple[str, str]]:
        """Numbers on hold, with the scope."""
        return [(name, number.hold_scope) for name, number in self._numbers.items() if number.hold_scope]

    def share(self, replicas: int) -> None:
        """The rate of a number is shared by this many processes."""
        self.replicas = max(1, replicas)

    def queues(self) -> list[tuple[str, str]]:
        """Every queue of every number, replies first."""
        return [(name, queue) for queue in (REPLY, BUSINESS) for name in sorted(self._numbers)]

    def _number(self, phone_number_id: str) -> _Number:
        number = self._numbers.get(phone_number_id)
        if number is None:
            number = self._numbers[phone_number_id] = _Number()
        return number
