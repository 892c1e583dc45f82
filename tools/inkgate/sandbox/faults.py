"""Faults that a test or a person arms: what goes wrong with the next calls and webhooks (PROTOCOL §6, README.md here)."""

from typing import Any

import msgspec

from inkgate.sandbox.settings import STATUSES_KNOWN

FAULTS_MAX = 1000
DELAY_S_MAX = 3600

_COMMON = ("on", "times", "delay_s")
_ALLOWED = {
    "whatsapp": (
        *_COMMON,
        "wa_id",
        "status",
        "code",
        "hang",
        "drop_response",
        "accepted",
        "no_status",
        "late_failure",
        "statuses",
    ),
    "stripe": (*_COMMON, "status", "code", "hang", "drop_response"),
    "webhooks": (*_COMMON, "wa_id", "only", "duplicate", "shuffle", "drop"),
}
_ONLY = ("messages", "statuses", "stripe")
_FLAGS = ("hang", "drop_response", "accepted", "no_status", "duplicate", "shuffle", "drop")


class FaultError(Exception):
    """The fault asked for makes no sense; the text names what is wrong and what would be right."""


class Fault(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One armed fault. `times` counts down at each use; None: until cleared."""

    id: int
    on: str
    times: int | None
    used: int
    wa_id: str | None = None
    status: int | None = None
    code: int | str | None = None
    delay_s: float = 0.0
    hang: bool = False
    drop_response: bool = False
    accepted: bool = False
    no_status: bool = False
    late_failure: int | None = None
    statuses: list[str] | None = None
    only: str | None = None
    duplicate: bool = False
    shuffle: bool = False
    drop: bool = False


class Faults:
    """The armed faults. A fault for one client goes before one for all; else the oldest is used first."""

    def __init__(self) -> None:
        self._armed: dict[str, list[Fault]] = {"whatsapp": [], "stripe": [], "webhooks": []}
        self._n = 0
        self.any_whatsapp = False
        self.any_stripe = False
        self.any_webhooks = False

    def arm(self, asked: object) -> Fault:
        """Arm the fault that `asked` (decoded JSON) describes. Raises FaultError."""
        fault = parse_fault(asked, self._n + 1)
        if sum(map(len, self._armed.values())) >= FAULTS_MAX:
            raise FaultError(f"{FAULTS_MAX} faults are armed already; clear them with DELETE /sandbox/faults")
        self._n += 1
        self._armed[fault.on].append(fault)
        self._mark()
        return fault

    def armed(self) -> list[Fault]:
        """Every armed fault, oldest first."""
        return sorted((fault for faults in self._armed.values() for fault in faults), key=lambda fault: fault.id)

    def clear(self, wa_id: str | None = None, fault_id: int | None = None) -> int:
        """Disarm all, or those of one client, or one. Returns how many."""
        before = len(self.armed())
        for on, faults in self._armed.items():
            self._armed[on] = [
                fault
                for fault in faults
                if (wa_id is not None and fault.wa_id != wa_id) or (fault_id is not None and fault.id != fault_id)
            ]
        self._mark()
        return before - len(self.armed())

    def take(self, on: str, wa_id: str | None = None, only: str | None = None) -> Fault | None:
        """Use up one of the fault that applies to a call or webhook of `wa_id`; None when there is none."""
        faults = self._armed[on]
        best: Fault | None = None
        for fault in faults:
            if fault.only not in (None, only) or fault.wa_id not in (None, wa_id):
                continue
            if fault.wa_id is not None:
                best = fault
                break
            best = best or fault
        if best is None:
            return None
        best.used += 1
        if best.times is not None:
            best.times -= 1
            if best.times <= 0:
                faults.remove(best)
                self._mark()
        return best

    def _mark(self) -> None:
        self.any_whatsapp = bool(self._armed["whatsapp"])
        self.any_stripe = bool(self._armed["stripe"])
        self.any_webhooks = bool(self._armed["webhooks"])


def parse_fault(asked: object, fault_id: int) -> Fault:
    """Check a fault as it was posted. Raises FaultError, whose text says what would be right."""
    if not isinstance(asked, dict):
        raise FaultError('the body must be a JSON object such as {"on": "whatsapp", "status": 500}')
    on = asked.get("on")
    if not isinstance(on, str) or on not in _ALLOWED:
        raise FaultError(f"on: {on!r} is not one of 'whatsapp', 'stripe', 'webhooks'")
    for name in asked:
        if name not in _ALLOWED[on]:
            places = [place for place, names in _ALLOWED.items() if name in names]
            hint = f"; it works on {' and '.join(places)}" if places else ""
            raise FaultError(f"{name}: not a fault of {on!r}{hint}; {on!r} knows {', '.join(_ALLOWED[on])}")
    fault = Fault(id=fault_id, on=on, times=_times(asked), used=0)
    for name in _FLAGS:
        value = asked.get(name, False)
        if not isinstance(value, bool):
            raise FaultError(f"{name}: {value!r} must be true or false")
        setattr(fault, name, value)
    fault.wa_id = _text(asked, "wa_id", "digits as in wa_id, such as '447700900123', or a user id")
    fault.delay_s = _delay(asked)
    fault.status = _integer(asked, "status", 400, 599)
    fault.code = _code(asked, on)
    fault.late_failure = _integer(asked, "late_failure", 0, 9_999_999)
    fault.statuses = _statuses(asked)
    fault.only = _only(asked)
    _check_effect(fault)
    return fault


def _times(asked: dict[str, Any]) -> int | None:
    value = asked.get("times", 1)
    if value is None or value == 0:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise FaultError(f"times: {value!r} must be a whole number; 0 or null keeps the fault until it is cleared")
    return value


def _integer(asked: dict[str, Any], name: str, low: int, high: int) -> int | None:
    value = asked.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise FaultError(f"{name}: {value!r} must be a whole number from {low} to {high}")
    return value


def _text(asked: dict[str, Any], name: str, right: str) -> str | None:
    value = asked.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise FaultError(f"{name}: {value!r} must be {right}")
    return value


def _delay(asked: dict[str, Any]) -> float:
    value = asked.get("delay_s", 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= DELAY_S_MAX:
        raise FaultError(f"delay_s: {value!r} must be a number of seconds from 0 to {DELAY_S_MAX}")
    return float(value)


def _code(asked: dict[str, Any], on: str) -> int | str | None:
    if on == "stripe":
        return _text(asked, "code", "one of Stripe's error codes as text, such as 'rate_limit'")
    return _integer(asked, "code", 0, 9_999_999)


def _statuses(asked: dict[str, Any]) -> list[str] | None:
    value = asked.get("statuses")
    if value is None:
        return None
    if not isinstance(value, list) or any(status not in STATUSES_KNOWN for status in value):
        raise FaultError(f"statuses: {value!r} must be a list of {', '.join(STATUSES_KNOWN)}")
    return list(value)


def _only(asked: dict[str, Any]) -> str | None:
    value = asked.get("only")
    if value is not None and value not in _ONLY:
        raise FaultError(f"only: {value!r} is not one of {', '.join(_ONLY)}")
    return value


def _check_effect(fault: Fault) -> None:
    fails = fault.status is not None or fault.code is not None
    effects = (fails, fault.delay_s, *(getattr(fault, name) for name in _FLAGS), fault.late_failure, fault.statuses)
    if not any(effect for effect in effects if effect is not None) and fault.statuses is None:
        names = [name for name in _ALLOWED[fault.on] if name not in ("on", "times", "wa_id", "only")]
        raise FaultError(f"nothing would go wrong: give at least one of {', '.join(names)}")
    if fails and fault.hang:
        raise FaultError("hang: a call that never answers has no status or code; leave one out")
    if fails and fault.drop_response:
        raise FaultError("drop_response: a call without an answer has no status or code; leave one out")
    if fault.accepted and not (fails or fault.hang):
        raise FaultError("accepted: says that a call that fails or hangs was taken all the same; give status or hang")
    taken = not (fails or fault.hang) or fault.accepted or fault.drop_response
    if (fault.late_failure is not None or fault.statuses is not None or fault.no_status) and not taken:
        raise FaultError("statuses, no_status, late_failure: a call that is not taken has none; add 'accepted': true")
    if fault.no_status and (fault.statuses is not None or fault.late_failure is not None):
        raise FaultError("no_status: goes with neither statuses nor late_failure; leave one out")
    if fault.drop and (fault.duplicate or fault.shuffle):
        raise FaultError("drop: a dropped webhook is neither sent twice nor shuffled; leave one out")
