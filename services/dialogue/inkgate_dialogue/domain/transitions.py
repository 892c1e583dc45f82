"""DOMAIN §2 as data: which status may follow which. What is not in the table is refused, recorded, and changes nothing."""

from typing import Literal, get_args

Status = Literal[
    "NEW",
    "QUALIFYING",
    "PENDING_APPROVAL",
    "AWAITING_DEPOSIT",
    "DEPOSIT_EXPIRED",
    "DEPOSIT_PAID",
    "BOOKING_PENDING",
    "COLLECTING_TIME_WINDOWS",
    "NEEDS_ARTIST_REPLY",
    "NEEDS_FOLLOW_UP",
    "TOUR_CONVERSION_OFFERED",
    "WAITLISTED",
    "OPTOUT",
    "ABANDONED",
    "STALE",
    "BOOKED",
    "REJECTED",
    "REFUNDED",
    "CANCELLED",
    "COMPLETED",
    "NO_SHOW",
]

STATUSES: tuple[Status, ...] = get_args(Status)
TERMINAL: frozenset[Status] = frozenset({"REJECTED", "REFUNDED", "CANCELLED", "COMPLETED", "NO_SHOW"})

_ENDS = "REJECTED REFUNDED CANCELLED ABANDONED STALE OPTOUT"
_TABLE: dict[str, str] = {
    "NEW": "QUALIFYING OPTOUT",
    "QUALIFYING": "PENDING_APPROVAL NEEDS_ARTIST_REPLY NEEDS_FOLLOW_UP REJECTED TOUR_CONVERSION_OFFERED WAITLISTED "
    "ABANDONED STALE OPTOUT",
    "PENDING_APPROVAL": "AWAITING_DEPOSIT REJECTED NEEDS_ARTIST_REPLY NEEDS_FOLLOW_UP STALE ABANDONED OPTOUT",
    "AWAITING_DEPOSIT": "DEPOSIT_PAID DEPOSIT_EXPIRED COLLECTING_TIME_WINDOWS REJECTED NEEDS_ARTIST_REPLY "
    "NEEDS_FOLLOW_UP STALE OPTOUT",
    "DEPOSIT_EXPIRED": "AWAITING_DEPOSIT DEPOSIT_PAID NEEDS_ARTIST_REPLY REJECTED OPTOUT",
    "DEPOSIT_PAID": "BOOKING_PENDING NEEDS_FOLLOW_UP REFUNDED CANCELLED",
    "BOOKING_PENDING": "BOOKED COLLECTING_TIME_WINDOWS NEEDS_FOLLOW_UP REFUNDED CANCELLED",
    "COLLECTING_TIME_WINDOWS": "NEEDS_ARTIST_REPLY BOOKING_PENDING AWAITING_DEPOSIT REFUNDED CANCELLED OPTOUT",
    "NEEDS_ARTIST_REPLY": f"QUALIFYING PENDING_APPROVAL AWAITING_DEPOSIT DEPOSIT_PAID BOOKING_PENDING BOOKED {_ENDS}",
    "NEEDS_FOLLOW_UP": "PENDING_APPROVAL AWAITING_DEPOSIT DEPOSIT_PAID BOOKING_PENDING BOOKED NEEDS_ARTIST_REPLY "
    f"{_ENDS}",
    "TOUR_CONVERSION_OFFERED": "QUALIFYING PENDING_APPROVAL WAITLISTED NEEDS_ARTIST_REPLY REJECTED ABANDONED STALE OPTOUT",
    "WAITLISTED": "TOUR_CONVERSION_OFFERED QUALIFYING OPTOUT",
    "OPTOUT": "QUALIFYING DEPOSIT_PAID",
    "ABANDONED": "QUALIFYING DEPOSIT_PAID",
    "STALE": "QUALIFYING PENDING_APPROVAL DEPOSIT_PAID",
    "BOOKED": "REFUNDED CANCELLED COMPLETED NO_SHOW",
    **dict.fromkeys(TERMINAL, ""),
}

TRANSITIONS: dict[Status, frozenset[Status]] = {
    status: frozenset(target for target in STATUSES if target in _TABLE[status].split()) for status in STATUSES
}


# Where one message tells of two steps: the artist books somebody of whom we asked for times that suit her.
_BY_WAY_OF: dict[tuple[Status, Status], Status] = {("COLLECTING_TIME_WINDOWS", "BOOKED"): "BOOKING_PENDING"}


def allowed(current: Status, target: Status, *, opened_from: Status | None = None) -> bool:
    """Whether `target` may follow `current`. NEEDS_ARTIST_REPLY may also go back to where it was opened from."""
    return target in TRANSITIONS[current] or (
        current == "NEEDS_ARTIST_REPLY" and opened_from is not None and target == opened_from
    )


def way(current: Status, target: Status, *, opened_from: Status | None = None) -> tuple[Status, ...] | None:
    """The steps from one status to another that one message may tell of, each in the table; None where there are none."""
    if allowed(current, target, opened_from=opened_from):
        return (target,)
    between = _BY_WAY_OF.get((current, target))
    return None if between is None else (between, target)
