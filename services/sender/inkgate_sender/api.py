"""HTTP: what is on hold, and letting it go. Everything else is health and metrics (inkgate_common.web)."""

import hmac
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.datastructures import State
from litestar.params import FromPath

from inkgate_common.clock import Clock
from inkgate_common.db import Database
from inkgate_common.openapi import BEARER, answers, taking
from inkgate_common.settings import is_loopback
from inkgate_common.web import Problem
from inkgate_sender import recorder, repository_queue
from inkgate_sender.engine import Engine
from inkgate_sender.settings import SenderSettings

BODY_BYTES_MAX = 65_536


def _no_key() -> Problem:
    return Problem(403, "No API key is configured", "Set INKGATE_API_KEY, or listen on the loopback address.")


def _wrong_key() -> Problem:
    return Problem(401, "Not signed in", "Send the API key as: Authorization: Bearer <key>")


def _not_on_hold(number: str) -> Problem:
    return Problem(404, "Not on hold", f"{number} is not on hold.")


_NOT_ALLOWED = {
    401: ("The key is missing or wrong.", _wrong_key()),
    403: ("No key is configured, and it does not listen on the loopback address.", _no_key()),
}


class HoldShown(msgspec.Struct):
    """A number on hold. `scope`: all, or business (replies go on); `code` and `title` of the error that caused it."""

    phone_number_id: str
    scope: str
    code: int | None
    title: str | None
    since: datetime | None


class HoldsShown(msgspec.Struct):
    """A page of holds (there is only one)."""

    items: list[HoldShown]
    next_cursor: str | None = None


_HELD = HoldShown(
    "106540352242922", "all", 190, "Access token has expired", datetime(2026, 5, 4, 12, 0, 7, tzinfo=UTC)
)  # an example


class Holds:
    """What the routes call."""

    def __init__(self, database: Database, engine: Engine, clock: Clock) -> None:
        self._database = database
        self._engine = engine
        self._clock = clock

    async def shown(self) -> HoldsShown:
        """Every hold."""
        found = await repository_queue.numbers(self._database)
        return HoldsShown(
            [
                HoldShown(one.phone_number_id, one.hold_scope, one.hold_code, one.hold_title, one.held_at)
                for one in found
                if one.hold_scope is not None
            ]
        )

    async def release(self, number: str, by: str) -> bool:
        """End a number's hold; False where there is none."""
        async with self._database.transaction() as uow:
            released = await recorder.release(uow, self._engine.pacing, number, by, self._clock.now())
            uow.after_commit(self._engine.wake)
        return released


def _allow(request: Request[Any, Any, Any], settings: SenderSettings) -> None:
    """Raises Problem where the caller may not. Without a key the API is there for this machine only."""
    if settings.api_key is None:
        if not is_loopback(settings.http_host):
            raise _no_key()
        return
    expected = f"Bearer {settings.api_key.get_secret_value()}".encode()
    if not hmac.compare_digest(request.headers.get("authorization", "").encode(), expected):
        raise _wrong_key()


@get(
    "/api/holds",
    summary="Numbers on hold",
    tags=["holds"],
    security=BEARER,
    responses=answers(HoldsShown, _NOT_ALLOWED, example=lambda: HoldsShown([_HELD])),
)
async def list_holds(request: Request[Any, Any, Any], state: State) -> HoldsShown:
    """Numbers for which nothing, or nothing that the business begins, is sent."""
    _allow(request, state.settings)
    shown: HoldsShown = await state.holds.shown()
    return shown


@post(
    "/api/holds/{number:str}/release",
    status_code=200,
    summary="Let a number go",
    tags=["holds"],
    security=BEARER,
    responses=answers(
        HoldsShown,
        _NOT_ALLOWED | {404: ("The number is not on hold.", _not_on_hold(_HELD.phone_number_id))},
        says="What remains.",
        example=lambda: HoldsShown([]),
    ),
    operation_class=taking(asked={"number": lambda: _HELD.phone_number_id}),
)
async def release_hold(request: Request[Any, Any, Any], state: State, number: FromPath[str]) -> HoldsShown:
    """Send again. Answers with the holds that remain; 404 where the number is not on hold."""
    _allow(request, state.settings)
    if not number.isalnum() or not await state.holds.release(number, "operator"):
        raise _not_on_hold(number)
    shown: HoldsShown = await state.holds.shown()
    return shown


ROUTES = (list_holds, release_hold)
