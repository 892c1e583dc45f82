"""What the API answers, for its OpenAPI document. The queries make these as plain values (PROTOCOL §4), and a test holds
real answers against these shapes. Times are RFC 3339 in UTC, money is whole pence."""

import base64
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar.response import ServerSentEventMessage

from inkgate_common.openapi import taking
from inkgate_dialogue import problems
from inkgate_dialogue.domain.rules.actions import ACTIONS


class GateShown(msgspec.Struct):
    """What waits for a message's delivery: the intent, the change in words, since when."""

    intent_id: UUID
    change: str
    since: datetime


class HandoverShown(msgspec.Struct):
    """Why and since when the artist has the conversation."""

    reason: str
    since: datetime


class DepositShown(msgspec.Struct):
    """The deposit as it stands."""

    state: str
    amount_pence: int
    currency: str
    url: str | None
    paid_pence: int
    refunded_pence: int
    session: str | None
    expires_at: datetime | None


class TimerShown(msgspec.Struct):
    """What will be done by itself, and when."""

    timer: str
    due_at: datetime


class TourShown(msgspec.Struct):
    """The stop of the tour that was offered. `accepted` is null while she has not answered."""

    city: str
    country: str
    from_: date = msgspec.field(name="from")
    to: date
    note: str
    accepted: bool | None
    home: dict[str, str]


class LeadShown(msgspec.Struct):
    """One enquiry. `step` counts the questions (-1: before the first); `answers` are as written, `values` as understood;
    `actions` are those possible now; `version` is for `If-Match`."""

    id: UUID
    conversation_id: UUID
    phone: str | None
    name: str | None
    status: str
    step: int
    steps: int
    question: str | None
    answers: dict[str, Any]
    values: dict[str, Any]
    open_gate: GateShown | None
    mailbox: int
    flags: list[str]
    opted_out: bool
    handover: HandoverShown | None
    version: int
    deposit: DepositShown | None
    slot: str | None
    timers: list[TimerShown]
    tour: TourShown | None
    strikes: dict[str, int]
    language: str | None
    actions: list[str]
    created_at: datetime
    updated_at: datetime


class LeadsShown(msgspec.Struct):
    """A page of leads. `next_cursor` is null on the last one."""

    items: list[LeadShown]
    next_cursor: str | None


class TimelineItem(msgspec.Struct):
    """A message in or out, or a change. `kind` says which; further members depend on it."""

    id: str
    at: datetime
    lead_id: UUID | None
    conversation_id: UUID | None
    phone: str | None
    kind: str
    version: int | None
    intent_id: UUID | None


class TimelineShown(msgspec.Struct):
    """A part of a timeline, oldest first. `next_cursor` is null on the last one."""

    items: list[TimelineItem]
    next_cursor: str | None


class TakenShown(msgspec.Struct):
    """An action that was taken in. `intent_id`: the message it made; null while it waits, or where it makes none."""

    action_id: UUID
    intent_id: UUID | None
    state: Literal["waiting", "done", "refused"]


class ActionShown(msgspec.Struct):
    """What became of an action. `allowed`: what would have been possible when it was refused."""

    action_id: UUID
    lead_id: UUID
    action: str
    state: Literal["waiting", "done", "refused"]
    intent_id: UUID | None
    reason: str | None
    allowed: list[str] | None
    by: str
    created_at: datetime
    done_at: datetime | None


class ExportShown(msgspec.Struct):
    """Everything that is known of a person."""

    conversation_id: UUID
    phone: str | None
    user_id: str | None
    name: str | None
    language: str | None
    opted_out: bool
    erased_at: datetime | None
    leads: list[dict[str, Any]]
    timeline: list[TimelineItem]
    waiting: list[dict[str, Any]]
    actions: list[ActionShown]


class StepShown(msgspec.Struct):
    question: str
    leads: int


class FunnelShown(msgspec.Struct):
    """How many leads were created in these days, and how many of them reached each question and status."""

    days: int
    created: int
    steps: list[StepShown]
    statuses: dict[str, int]


class RefusedShown(msgspec.Struct):
    """A studio file that lies there and is not used, with everything that is wrong with it."""

    digest: str
    since: datetime
    problems: list[str]


class StudioShown(msgspec.Struct):
    """The studio file that is in use."""

    name: str
    digest: str
    loaded_at: datetime
    languages: list[str]
    questions: list[str]
    refused: RefusedShown | None


class ModeShown(msgspec.Struct):
    """Panic: nothing moves. Pilot: only the studio file's numbers are answered."""

    panic: bool
    pilot: bool


_WORDS: dict[type, dict[str, Any]] = {
    str: {"type": "string", "minLength": 1, "maxLength": 1_500, "pattern": r"^[^\x00]*\S[^\x00]*$"},
    int: {"type": "integer", "minimum": 100, "maximum": 1_000_000},
}


def action_body() -> dict[str, Any]:
    """The body of `POST /api/leads/{id}/actions`: one shape for each action."""
    by = {**_WORDS[str], "maxLength": 100, "description": "who acts, for the timeline"}
    shapes = []
    for name, action in sorted(ACTIONS.items()):
        required = [key for key, (_, needed) in action.arguments.items() if needed]
        arguments = {
            key: _WORDS[kind] if needed else {**_WORDS[kind], "type": [_WORDS[kind]["type"], "null"]}
            for key, (kind, needed) in action.arguments.items()
        }
        shapes.append(
            {
                "type": "object",
                "title": name,
                "properties": {"action": {"const": name}, "by": by, **arguments},
                "required": ["action", *required],
                "additionalProperties": False,
            }
        )
    return {"oneOf": shapes}


# What a route reads from the request itself.
_SWITCHED = {"type": ["boolean", "null"]}
SWITCH = taking(
    {"type": "object", "properties": {"panic": _SWITCHED, "pilot": _SWITCHED}, "additionalProperties": False},
    example={"panic": True},
    says="What is left out stays as it is.",
)


_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


def cursor(following: tuple[datetime, UUID]) -> str:
    """Where the next page begins, as the caller gives it back."""
    return base64.urlsafe_b64encode(msgspec.json.encode(following)).decode()


def position(cursor: str) -> tuple[datetime, UUID]:
    """The other way round. Problem where it is no cursor of ours."""
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor), type=tuple[_Moment, UUID])
    except (ValueError, msgspec.MsgspecError):
        raise problems.bad_cursor() from None


def taken(action: Mapping[str, Any]) -> dict[str, Any]:
    """What is answered to an action that was taken in."""
    return {name: action[name] for name in TakenShown.__struct_fields__}


LIVE = (
    "Server-sent events named `timeline`: `id` is the item's, `data` a TimelineItem as JSON. A comment where nothing "
    "happened for ten seconds. Until either side hangs up."
)


def live(item: Mapping[str, Any]) -> ServerSentEventMessage:
    """A timeline item as a server-sent event (WHATWG, HTML, 9.2)."""
    return ServerSentEventMessage(data=msgspec.json.encode(item).decode(), event="timeline", id=item["id"])
