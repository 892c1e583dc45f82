"""What every service's HTTP side has: health, metrics, the OpenAPI page, problems as `application/problem+json`."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

import msgspec
from litestar import Litestar, MediaType, Request, Response, get
from litestar.config.app import AppConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException, ValidationException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ControllerRouterHandler
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from inkgate_common import log, metrics, openapi
from inkgate_common.errors import InkgateError, in_one_line

_log = log.get("web")

Check = Callable[[], Awaitable[None]]


class Problem(Exception):
    """An error for the caller, as RFC 9457 words it. `extra` members say what would be right."""

    def __init__(self, status: int, title: str, detail: str | None = None, **extra: Any) -> None:
        super().__init__(detail or title)
        self.status, self.title, self.detail, self.extra = status, title, detail, extra

    def body(self) -> dict[str, Any]:
        detail = {"detail": self.detail} if self.detail else {}
        return {"type": "about:blank", "status": self.status, "title": self.title} | detail | self.extra

    def response(self) -> Response[bytes]:
        return Response(
            msgspec.json.encode(self.body()),
            status_code=self.status,
            media_type="application/problem+json",
            headers={"www-authenticate": "Bearer"} if self.status == 401 else {},
        )


def _on_problem(_: Request[Any, Any, Any], problem: Problem) -> Response[bytes]:
    return problem.response()


def as_problem(error: HTTPException) -> Problem:
    """How an error that Litestar raises is answered."""
    extra = {"errors": error.extra} if error.extra else {}
    return Problem(error.status_code, error.__class__.__name__, error.detail, **extra)


# A body above what the service takes.
TOO_LARGE = as_problem(RequestEntityTooLarge())


def bad_query(path: str, name: str, value: str, message: str) -> Problem:
    """What Litestar makes of a parameter that is not what it should be, as we answer it."""
    errors = [{"message": message, "key": name, "source": "query"}]
    return as_problem(ValidationException(f"Validation failed for GET {path}?{name}={value}", extra=errors))


def _on_http(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    response = as_problem(error).response()
    response.headers.update(error.headers or {})  # what a 405 allows
    return response


def _on_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    _log.error("request failed", path=request.url.path, error=repr(error)[:300], exc_info=error)
    return Problem(500, "Internal error", "The logs of the service say why.").response()


class ReadyShown(msgspec.Struct):
    """What `GET /health/ready` answers. `problems`: each part that is not there, and its error."""

    status: Literal["ready", "not ready"]
    problems: dict[str, str] = {}


class Health:
    """Which parts the service needs to do its part. `stopping` makes it not ready, so that no new work is sent."""

    def __init__(self, checks: dict[str, Check]) -> None:
        self.checks = checks
        self.stopping = False
        self._missing: dict[str, str] = {}

    async def measure(self) -> None:
        """Set the gauge of each part, and log what is missing when it goes, changes, and is back."""
        found = await self._failed()
        for name in self.checks:
            metrics.READY.labels(name).set(name not in found)
        for name, error in found.items():
            said = in_one_line(error) if isinstance(error, InkgateError) else type(error).__name__
            if self._missing.get(name) != said:
                _log.warning("a part is missing", missing=name, error=said)
            self._missing[name] = said
        for name in [name for name in self._missing if name not in found]:
            del self._missing[name]
            _log.info("a part is back", back=name)

    async def problems(self) -> dict[str, str]:
        """Name → what is wrong, for each part that is not there."""
        found = {"service": "stopping"} if self.stopping else {}
        return found | {name: type(error).__name__ for name, error in (await self._failed()).items()}

    async def _failed(self) -> dict[str, Exception]:
        found = {}
        for name, check in self.checks.items():
            try:
                await check()
            except Exception as error:  # whatever it is, the part is not there
                found[name] = error
        return found


_LIVE = {"status": "live"}


@get(
    "/health/live",
    sync_to_thread=False,
    tags=["operation"],
    summary="Alive",
    responses=openapi.answers(dict[str, str], says="It does.", example=lambda: _LIVE),
)
def live() -> dict[str, str]:
    """The process answers."""
    return _LIVE


@get(
    "/health/ready",
    tags=["operation"],
    summary="Ready",
    responses={
        **openapi.answers(ReadyShown, says="It can do its part.", example=lambda: _ready({})),
        **openapi.answers(
            ReadyShown,
            status=503,
            says="It cannot; `problems` names what is missing.",
            example=lambda: _ready({"database": "ConnectionRefusedError"}),
        ),
    },
)
async def ready(state: State) -> Response[dict[str, Any]]:
    """The service can do its part; 503 names what is missing."""
    problems = await state.health.problems()
    return Response(_ready(problems), status_code=503 if problems else 200)


def _ready(problems: dict[str, str]) -> dict[str, Any]:
    return {"status": "not ready", "problems": problems} if problems else {"status": "ready"}


@get(
    "/metrics",
    media_type=MediaType.TEXT,
    sync_to_thread=False,
    tags=["operation"],
    summary="Metrics",
    responses=openapi.answers(
        str, says="As docs/metrics.md lists them.", media_type="text/plain", example=metrics.example
    ),
)
def metrics_page() -> Response[bytes]:
    """Prometheus text."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def application(
    title: str,
    handlers: Sequence[ControllerRouterHandler],
    health: Health,
    *,
    body_bytes_max: int,
    description: str | None = None,
    on_app_init: Sequence[Callable[[AppConfig], AppConfig]] = (),
    **state: Any,
) -> Litestar:
    """A service's HTTP side. `state` is what its routes need; bodies above `body_bytes_max` are answered 413."""
    return Litestar(
        route_handlers=[*handlers, live, ready, metrics_page],
        state=State({"health": health, **state}),
        exception_handlers={Problem: _on_problem, HTTPException: _on_http, Exception: _on_error},
        # The JSON document alone: the pages that Litestar offers load scripts from other hosts.
        openapi_config=OpenAPIConfig(
            title=title,
            version="1",
            description=description,
            components=openapi.COMPONENTS,
            use_handler_docstrings=True,
            path="/schema",
            render_plugins=[JsonRenderPlugin()],
        ),
        request_max_body_size=body_bytes_max,
        on_app_init=list(on_app_init),
        logging_config=None,
    )
