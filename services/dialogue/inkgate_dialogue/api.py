"""Dialogue's HTTP side: leads, timelines, operator actions, mode, live events. Reads queries; writes commands to the outbox
and leaves the judging to the owner of the lead's partition."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post, put
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage
from litestar.types import ControllerRouterHandler

from inkgate_common.openapi import BEARER, answers, taking
from inkgate_common.web import Problem
from inkgate_dialogue import examples, problems, shapes
from inkgate_dialogue.acting import act_on
from inkgate_dialogue.console.pages import COOKIE, session_of
from inkgate_dialogue.control import change_mode
from inkgate_dialogue.domain.rules.actions import ACTIONS, bad_arguments
from inkgate_dialogue.domain.transitions import STATUSES
from inkgate_dialogue.queries import PAGE

EVENTS_EVERY_S = 0.1
EVENTS_AT_ONCE = 500
# Identity values are taken before a commit, so a later position may be seen first: look back this far.
EVENTS_LOOK_BACK = 200


def authorised(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard: the Bearer key, where one is configured."""
    key = connection.app.state.api_key
    if key is None:
        return
    given = connection.headers.get("authorization", "")
    # The console's cookie may read; what changes something needs the key itself.
    if connection.scope.get("method") == "GET" and hmac.compare_digest(
        connection.cookies.get(COOKIE, ""), session_of(key)
    ):
        return
    if not hmac.compare_digest(given.encode(), f"Bearer {key}".encode()):
        raise problems.no_key()


class ModeBody(msgspec.Struct, forbid_unknown_fields=True):
    """The body of PUT /api/mode; what is left out stays as it is."""

    panic: bool | None = None
    pilot: bool | None = None


_OF_A_LEAD = taking(asked=examples.OF_A_LEAD)
_LEADS: dict[str, Any] = {"tags": ["leads"], "guards": [authorised], "security": BEARER}
_ACTIONS: dict[str, Any] = {"tags": ["actions"], "guards": [authorised], "security": BEARER}
_STUDIO: dict[str, Any] = {"tags": ["studio"], "guards": [authorised], "security": BEARER}


def _page(items: list[dict[str, Any]], cursor: str | None = None) -> dict[str, Any]:
    return {"items": items, "next_cursor": cursor}


@get(
    "/api/leads",
    summary="Leads",
    operation_class=taking(asked={"phone": lambda: examples.PHONE, "status": lambda: "AWAITING_DEPOSIT"}),
    responses=answers(
        shapes.LeadsShown, problems.BAD_STATUS | problems.NOT_AUTHORISED, says="A page.", example=examples.leads
    ),
    **_LEADS,
)
async def leads(
    state: State,
    phone: FromQuery[str | None] = None,
    status: Annotated[str | None, QueryParameter(schema_extra={"enum": [None, *STATUSES]})] = None,
    flag: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = PAGE,
) -> dict[str, Any]:
    """Leads, newest first. `phone` is digits as in WhatsApp's `wa_id`."""
    if status is not None and status not in STATUSES:
        raise problems.unknown_status(status)
    if "\x00" in f"{phone}{flag}":
        raise Problem(400, "Bad query", "A NUL character is in no number and no flag.")
    digits = None if phone is None else phone.strip().lstrip("+")
    after = None if cursor is None else shapes.position(cursor)
    items, following = await state.queries.leads(digits, status, flag, after, limit)
    return _page(items, None if following is None else shapes.cursor(following))


async def _lead(state: State, lead_id: UUID) -> dict[str, Any]:
    found: dict[str, Any] | None = await state.queries.lead(lead_id)
    if found is None:
        raise problems.no_lead(lead_id)
    return found


@get(
    "/api/leads/{lead_id:uuid}",
    summary="A lead",
    operation_class=_OF_A_LEAD,
    responses=answers(shapes.LeadShown, problems.NO_LEAD, example=examples.lead),
    **_LEADS,
)
async def lead(state: State, lead_id: FromPath[UUID]) -> dict[str, Any]:
    """One lead as it stands."""
    return await _lead(state, lead_id)


@get(
    "/api/leads/{lead_id:uuid}/timeline",
    summary="A lead's timeline",
    operation_class=_OF_A_LEAD,
    responses=answers(shapes.TimelineShown, problems.BAD_CURSOR | problems.NO_LEAD, example=examples.timeline),
    **_LEADS,
)
async def timeline(
    state: State,
    lead_id: FromPath[UUID],
    cursor: Annotated[int, QueryParameter(ge=0, le=2**63 - 1)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=5_000)] = 1_000,
) -> dict[str, Any]:
    """Every message in and out with its state, and every change with the intent that gated it; oldest first."""
    found = await _lead(state, lead_id)
    items = await state.queries.timeline(lead_id, cursor, limit)
    if len(items) == limit:
        return _page(items, items[-1]["id"])
    waiting = await state.queries.waiting(found["conversation_id"])
    for waits in waiting:
        waits |= {"lead_id": lead_id, "conversation_id": found["conversation_id"], "phone": found["phone"]}
    return _page([*items, *waiting])


@get(
    "/api/leads/{lead_id:uuid}/export",
    summary="A person's data",
    operation_class=_OF_A_LEAD,
    responses=answers(shapes.ExportShown, problems.NO_LEAD, example=examples.export),
    **_LEADS,
)
async def export(state: State, lead_id: FromPath[UUID]) -> Response[bytes]:
    """Everything that is known of this lead's person, as one JSON file (what a person may ask for)."""
    found = await state.queries.export(lead_id)
    if found is None:
        raise problems.no_lead(lead_id)
    return Response(
        msgspec.json.format(msgspec.json.encode(found), indent=2),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="inkgate-{found["conversation_id"]}.json"'},
    )


@post(
    "/api/leads/{lead_id:uuid}/actions",
    status_code=202,
    summary="Act on a lead",
    operation_class=examples.ACT,
    responses=answers(
        shapes.TakenShown,
        {
            400: (
                "The action, its arguments or a header is not what it should be.",
                problems.unknown_action("aprove"),
            ),
            **problems.NO_LEAD,
            409: ("It is not possible now; `allowed` says what is.", examples.Later(examples.not_now)),
            412: ("The lead has moved on since `If-Match`.", examples.Later(examples.stale)),
            **problems.BODY_TOO_LARGE,
            422: ("The Idempotency-Key was used for another action.", problems.key_was_used("approve")),
        },
        status=202,
        says="Taken in.",
        example=examples.taken,
    ),
    **_ACTIONS,
)
async def act(request: Request[Any, Any, State], state: State, lead_id: FromPath[UUID]) -> Response[dict[str, Any]]:
    """Take an operator's action in. 202 with the intent it made, or null while it waits."""
    body = await _body(request)
    name, by = body.pop("action", None), body.pop("by", "api")
    arguments = {**body.pop("arguments", {}), **body} if isinstance(body.get("arguments", {}), dict) else body
    if not isinstance(name, str) or name not in ACTIONS:
        raise problems.unknown_action(name)
    if not isinstance(by, str) or not 1 <= len(by.strip()) <= 100 or "\x00" in by:
        raise problems.bad_arguments("'by' must have 1 to 100 characters")
    found = await _lead(state, lead_id)
    wrong = bad_arguments(name, arguments)
    if wrong is not None:
        raise problems.bad_arguments(wrong)
    version = _version(request)
    key = request.headers.get("idempotency-key")
    if key is not None:
        if len(key) > 255:
            raise Problem(400, "Bad Idempotency-Key", "An Idempotency-Key has at most 255 characters.")
        before = await state.queries.action_by_key(lead_id, key)
        if before is not None:
            return _taken(before, name)
    _check_version(version, found)
    if name not in found["actions"]:
        raise problems.not_now(name, found)
    return await _take(state, found, name, arguments, by, key)


def _is_number(text: str) -> bool:
    """Whether it is a whole number that a position or a version can be."""
    return text.isascii() and text.isdigit() and len(text) <= 18


def _version(request: Request[Any, Any, State]) -> int | None:
    """The version that an action was asked for at."""
    given = request.headers.get("if-match")
    if given is None:
        return None
    text = given.strip().strip('"')
    if not _is_number(text):
        raise Problem(400, "Bad If-Match", "If-Match takes the lead's version, a whole number.")
    return int(text)


def _check_version(version: int | None, found: dict[str, Any]) -> None:
    if version is not None and version != found["version"]:
        raise problems.stale(version, found)


def _taken(action: dict[str, Any], name: str) -> Response[dict[str, Any]]:
    if action["action"] != name:
        raise problems.key_was_used(action["action"])
    return Response(shapes.taken(action), status_code=202)


async def _take(
    state: State, found: dict[str, Any], name: str, arguments: dict[str, Any], by: str, key: str | None
) -> Response[dict[str, Any]]:
    judged = await act_on(state, found, name, arguments, by, key)
    if judged["state"] == "refused" and judged["action"] == name:
        action_id = str(judged["action_id"])
        raise Problem(409, "Not possible now", judged["reason"], allowed=judged["allowed"], action_id=action_id)
    return _taken(judged, name)


async def _body(request: Request[Any, Any, State]) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(await request.body())
    except (msgspec.MsgspecError, RecursionError):
        raise problems.not_an_object("Not JSON") from None
    if not isinstance(body, dict):
        raise problems.not_an_object("Not an object")
    return body


@get(
    "/api/actions/{action_id:uuid}",
    summary="An action",
    operation_class=taking(asked={"action_id": lambda: examples.action()["action_id"]}),
    responses=answers(shapes.ActionShown, problems.NO_ACTION, example=examples.action),
    **_ACTIONS,
)
async def action(state: State, action_id: FromPath[UUID]) -> dict[str, Any]:
    """What became of an action: waiting, done or refused."""
    found: dict[str, Any] | None = await state.queries.action(action_id)
    if found is None:
        raise problems.no_action(action_id)
    return found


@get(
    "/api/funnel",
    summary="The funnel",
    operation_class=taking(asked={"days": lambda: 30}),
    responses=answers(shapes.FunnelShown, problems.BAD_DAYS | problems.NOT_AUTHORISED, example=examples.funnel),
    **_STUDIO,
)
async def funnel(state: State, days: Annotated[int, QueryParameter(ge=1, le=3_650)] = 30) -> dict[str, Any]:
    """How far the leads of the last days came."""
    result: dict[str, Any] = await state.queries.funnel(state.clock.now() - timedelta(days=days))
    return {"days": days, **result}


@get(
    "/api/mode",
    summary="Panic and pilot",
    responses=answers(shapes.ModeShown, problems.NOT_AUTHORISED, example=examples.mode),
    **_STUDIO,
)
async def mode(state: State) -> dict[str, bool]:
    """Panic and pilot."""
    found: dict[str, bool] = await state.queries.mode()
    return found


@put(
    "/api/mode",
    summary="Switch panic or pilot",
    operation_class=shapes.SWITCH,
    responses=answers(
        shapes.ModeShown,
        problems.BAD_MODE | problems.BODY_TOO_LARGE | problems.NOT_AUTHORISED,
        says="As it is now.",
        example=examples.switched,
    ),
    **_STUDIO,
)
async def put_mode(request: Request[Any, Any, State], state: State) -> dict[str, bool]:
    """Switch panic or pilot mode."""
    try:
        data = msgspec.convert(await _body(request), ModeBody)
    except msgspec.ValidationError as error:
        raise problems.not_a_mode(f"{error}") from None
    now: dict[str, bool] = await state.queries.mode()
    wanted = {
        "panic": now["panic"] if data.panic is None else data.panic,
        "pilot": now["pilot"] if data.pilot is None else data.pilot,
    }
    await change_mode(state.database, state.clock, state.phone_number_id, **wanted, by="api")
    return wanted


@get(
    "/api/studio",
    sync_to_thread=False,
    summary="The studio file",
    responses=answers(shapes.StudioShown, problems.NOT_AUTHORISED, example=examples.studio),
    **_STUDIO,
)
def studio(state: State) -> dict[str, Any]:
    """The studio file that is in use, and one that lies there and was refused, with everything that is wrong with it."""
    found: dict[str, Any] = state.studio.view()
    return found


@get(
    "/api/events",
    summary="Live events",
    operation_class=examples.FOLLOW,
    responses=answers(
        str,
        problems.BAD_EVENT_ID | problems.NOT_AUTHORISED,
        media_type="text/event-stream",
        says=shapes.LIVE,
        example=examples.events,
    ),
    **_LEADS,
)
async def events(request: Request[Any, Any, State], state: State) -> ServerSentEvent:
    """Timeline items of all leads as they are committed. `Last-Event-ID` goes on after that item."""
    told = (request.headers.get("last-event-id"), request.query_params.get("after"))
    given = [text for text in told if text is not None]
    if not all(_is_number(text) for text in given):
        raise problems.bad_event_id()
    newest = await state.queries.newest()
    # A restored database counts on from an older position: who waits for the old ones would hear nothing for long.
    return ServerSentEvent(_stream(state, min(int(given[0]), newest) if given else newest))


async def _stream(state: State, position: int) -> AsyncIterator[ServerSentEventMessage]:
    seen: dict[int, None] = dict.fromkeys(range(max(0, position - EVENTS_LOOK_BACK), position + 1))
    silent = 0
    while not state.health.stopping:
        rows = await state.queries.since(max(0, position - EVENTS_LOOK_BACK), EVENTS_AT_ONCE)
        fresh = [row for row in rows if int(row["id"]) not in seen]
        for row in fresh:
            number = int(row["id"])
            seen[number] = None
            position = max(position, number)
            yield shapes.live(row)
        for old in [number for number in seen if number < position - 2 * EVENTS_LOOK_BACK]:
            del seen[old]
        silent = 0 if fresh else silent + 1
        if silent and silent % 100 == 0:
            yield ServerSentEventMessage(comment="still here")
        if len(rows) < EVENTS_AT_ONCE:
            await asyncio.sleep(EVENTS_EVERY_S)


ROUTES: list[ControllerRouterHandler] = [
    leads,
    lead,
    timeline,
    export,
    act,
    action,
    funnel,
    mode,
    put_mode,
    studio,
    events,
]
