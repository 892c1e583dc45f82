"""The HTTP side that every service has: problems as RFC 9457 words them, health, metrics, the OpenAPI document."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
import structlog
from litestar import get, post
from litestar.params import Body

from inkgate_common.errors import SignInRefused
from inkgate_common.web import Health, Problem, application


@get("/refused")
async def refused() -> None:
    raise Problem(409, "Not now", "The lead is booked.", allowed=["cancel"])


@get("/locked")
async def locked() -> None:
    raise Problem(401, "Sign in")


@get("/broken")
async def broken() -> None:
    raise ValueError("postgresql://inkgate:open-sesame@db/x")


@post("/take")
async def take(data: Annotated[dict[str, int], Body()]) -> int:
    return sum(data.values())


class Service:
    def __init__(self) -> None:
        self.wrong: Exception | None = None
        self.health = Health({"database": self.check})
        app: Any = application("A service", [refused, locked, broken, take], self.health, body_bytes_max=100)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False), base_url="http://s"
        )

    async def check(self) -> None:
        if self.wrong:
            raise self.wrong


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    made = Service()
    yield made
    await made.http.aclose()


def problem(response: httpx.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == response.status_code and body["type"] == "about:blank" and body["title"]
    return body


async def test_a_refusal_says_why_and_what_would_be_allowed(service: Service) -> None:
    body = problem(await service.http.get("/refused"))
    assert body == {
        "type": "about:blank", "status": 409, "title": "Not now", "detail": "The lead is booked.", "allowed": ["cancel"],
    }  # fmt: skip


async def test_who_is_not_signed_in_is_told_how(service: Service) -> None:
    response = await service.http.get("/locked")
    assert "detail" not in problem(response) and response.headers["www-authenticate"] == "Bearer"


async def test_an_error_of_ours_tells_nothing_of_it(service: Service) -> None:
    response = await service.http.get("/broken")
    assert problem(response)["status"] == 500
    assert "open-sesame" not in response.text and "ValueError" not in response.text


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("GET", "/nowhere", None, 404),
        ("POST", "/refused", b"{}", 405),
        ("POST", "/take", b"{", 400),
        ("POST", "/take", b'{"a": "b"}', 400),
        ("POST", "/take", b" " * 101, 413),
    ],
)
async def test_the_frameworks_errors_have_the_same_form(
    service: Service, method: str, path: str, content: bytes | None, status: int
) -> None:
    response = await service.http.request(method, path, content=content, headers={"content-type": "application/json"})
    assert problem(response)["status"] == status


async def test_a_method_that_is_not_there_is_answered_with_those_that_are(service: Service) -> None:
    answer = await service.http.post("/refused")
    assert {one.strip() for one in answer.headers["allow"].split(",")} >= {"GET"}


async def test_live_is_not_ready(service: Service) -> None:
    service.wrong = ConnectionRefusedError("postgresql://inkgate:open-sesame@db/x")
    assert (await service.http.get("/health/live")).json() == {"status": "live"}
    response = await service.http.get("/health/ready")
    assert response.status_code == 503
    assert response.json() == {"status": "not ready", "problems": {"database": "ConnectionRefusedError"}}
    service.wrong = None
    response = await service.http.get("/health/ready")
    assert (response.status_code, response.json()) == (200, {"status": "ready"})


async def test_a_part_that_is_missing_is_logged_when_it_goes_when_the_reason_changes_and_when_it_is_back(
    service: Service,
) -> None:
    """And not every five seconds. What is not ours may have a secret in its words."""
    refused = SignInRefused("Kafka does not let 'inkgate-sender' sign in")
    with structlog.testing.capture_logs() as lines:
        for wrong in (
            None,
            ConnectionRefusedError("open-sesame"),
            ConnectionRefusedError(),
            refused,
            refused,
            None,
            None,
        ):
            service.wrong = wrong
            await service.health.measure()
    assert [line | {"log_level": None} for line in lines] == [
        {"event": "a part is missing", "missing": "database", "error": error, "part": "web", "log_level": None}
        for error in ("ConnectionRefusedError", f"SignInRefused: {refused}")
    ] + [{"event": "a part is back", "back": "database", "part": "web", "log_level": None}]


async def test_a_service_that_stops_is_not_ready(service: Service) -> None:
    service.health.stopping = True
    response = await service.http.get("/health/ready")
    assert (response.status_code, response.json()["problems"]) == (503, {"service": "stopping"})


async def test_metrics_are_prometheus_text(service: Service) -> None:
    response = await service.http.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    assert "# HELP inkgate_outbox_oldest_seconds" in response.text


async def test_the_openapi_document_is_there(service: Service) -> None:
    document = (await service.http.get("/schema/openapi.json")).json()
    assert document["info"]["title"] == "A service" and "/take" in document["paths"]
