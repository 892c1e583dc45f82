"""The webhook's door: every answer that it can give."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from inkgate.local.environment import Surroundings
from inkgate.local.ports import free_port
from inkgate_common.service import Service
from inkgate_payments.api import BODY_BYTES_MAX
from inkgate_payments.app import build
from inkgate_payments.settings import PaymentsSettings
from tests.builders import stripe
from tests.payments.conftest import Person, settings_of, unique
from tests.payments.test_settings import GOOD

PATH = "/webhooks/stripe"
Client = AsyncTestClient[Any]


def offline() -> Any:
    """Settings whose database nobody serves."""
    values: dict[str, Any] = {name.removeprefix("INKGATE_").lower(): value for name, value in GOOD.items()}
    values["database_url"] = f"postgresql://someone:hidden1@127.0.0.1:{free_port()}/payments"
    values["stripe_webhook_secret"] = stripe.SECRET
    return values


@pytest.fixture
async def alone() -> AsyncIterator[Client]:
    """The HTTP side without its database."""
    service = await build(PaymentsSettings(**offline()))
    async with AsyncTestClient(service.app) as client:
        yield client
    await close(service)


async def close(service: Service) -> None:
    for closer in service.closers:
        await closer()
    await service.database.close()


async def send(client: Client, raw: bytes, header: str | None = None) -> tuple[int, Any]:
    header = stripe.signature(raw) if header is None else header
    response = await client.post(PATH, content=raw, headers={"stripe-signature": header})
    return response.status_code, response.json()


async def test_a_wrong_signature_is_401_and_a_problem(alone: Client) -> None:
    status, problem = await send(alone, stripe.body(stripe.event("x", {})), "t=1,v1=00")
    assert status == 401 and problem["status"] == 401 and problem["title"] == "Wrong signature"


async def test_without_a_signature_nothing_else_is_looked_at(alone: Client) -> None:
    response = await alone.post(PATH, content=b"not json")
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("raw", [b"", b"not json", b"[]", b"\xff", b"[" * 50_000, b'{"id": 1}'])
async def test_a_signed_body_that_is_no_event_is_400(alone: Client, raw: bytes) -> None:
    status, problem = await send(alone, raw)
    assert status == 400 and problem["title"] == "Not a Stripe event"


async def test_a_body_over_the_limit_is_413(alone: Client) -> None:
    status, problem = await send(alone, b"x" * (BODY_BYTES_MAX + 1))
    assert status == 413 and problem["status"] == 413


async def test_without_its_database_it_is_503_so_that_stripe_sends_it_again(alone: Client) -> None:
    status, problem = await send(alone, stripe.body(Person().paid()))
    assert status == 503 and "hidden" not in json.dumps(problem)


async def test_it_is_not_ready_without_database_and_kafka_but_alive(alone: Client) -> None:
    ready = await alone.get("/health/ready")
    assert ready.status_code == 503 and set(ready.json()["problems"]) == {"database", "relay", "consumer"}
    assert (await alone.get("/health/live")).status_code == 200


@pytest.mark.parametrize("page", ["/pay/thanks", "/pay/back"])
async def test_a_client_comes_back_to_a_page_that_loads_nothing(alone: Client, page: str) -> None:
    response = await alone.get(page)
    assert response.status_code == 200 and response.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "http" not in response.text.split("</style>")[1]


async def test_metrics_and_openapi_are_there(alone: Client) -> None:
    assert "inkgate_payments_webhooks_total" in (await alone.get("/metrics")).text
    assert PATH in (await alone.get("/schema/openapi.json")).json()["paths"]


@pytest.mark.live
async def test_what_is_stored_is_200_however_often(installation: Surroundings) -> None:
    service = await build(settings_of(installation, INKGATE_STRIPE_WEBHOOK_SECRET=f"whsec_new,{stripe.SECRET}"))
    event = stripe.body(unique(Person().paid()))
    async with AsyncTestClient(service.app) as client:
        for secret in (stripe.SECRET, "whsec_new", stripe.SECRET):
            assert await send(client, event, stripe.signature(event, secrets=[secret])) == (200, {"received": True})
    await close(service)
