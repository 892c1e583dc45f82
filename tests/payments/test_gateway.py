"""Stripe's API through the sandbox: what is asked arrives, and every failure comes out as one of our errors."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import web

from inkgate.local.ports import free_port
from inkgate_common.errors import InkgateError
from inkgate_payments import gateway as gateway_module
from inkgate_payments.domain.checkout import create
from inkgate_payments.errors import AccountRefused, KeySpent, NothingToDo, StripeRefused, StripeUnavailable
from inkgate_payments.gateway import StripeGateway
from tests.builders.deposits import SHOP, opened
from tests.sandbox.conftest import STRIPE_KEY, Sandbox, receiver, sandbox

# The sandbox's fixtures, taken over.
__all__ = ["receiver", "sandbox"]

# Stripe's own way of calling httpx.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


def parameters(command_id: UUID | None = None) -> dict[str, Any]:
    expires_at = datetime.now(UTC) + timedelta(hours=23, minutes=55)  # noqa: TID251
    return dict(create(opened(id=command_id or uuid4(), expires_at=expires_at), SHOP).parameters)


@pytest.fixture
async def gateway(sandbox: Sandbox) -> AsyncIterator[StripeGateway]:
    made = StripeGateway(STRIPE_KEY, sandbox.url)
    yield made
    await made.close()


async def fault(sandbox: Sandbox, **how: Any) -> None:
    status, answer = await sandbox.json("POST", "/sandbox/faults", {"on": "stripe"} | how)
    assert status == 201, answer


async def test_a_session_is_made_as_it_was_asked_for(sandbox: Sandbox, gateway: StripeGateway) -> None:
    asked = parameters()
    made = await gateway.create_session(asked, "key-1")
    session = sandbox.parts.stripe.sessions[made.id]
    assert (session["amount_total"], session["currency"]) == (15000, "gbp")
    assert session["metadata"] == asked["metadata"]
    assert session["expires_at"] == asked["expires_at"] == int(made.expires_at.timestamp())
    assert session["success_url"] == "https://studio.example/pay/thanks"
    assert (made.url, made.livemode) == (session["url"], False)


async def test_the_same_key_gives_the_same_session(sandbox: Sandbox, gateway: StripeGateway) -> None:
    asked = parameters()
    first, second = [await gateway.create_session(asked, "key-2") for _ in range(2)]
    assert first == second and len(sandbox.parts.stripe.sessions) == 1


async def test_a_lost_answer_is_found_again_by_its_key(sandbox: Sandbox, gateway: StripeGateway) -> None:
    asked = parameters()
    await fault(sandbox, drop_response=True)
    with pytest.raises(StripeUnavailable):
        await gateway.create_session(asked, "key-3")
    made = await gateway.create_session(asked, "key-3")
    assert list(sandbox.parts.stripe.sessions) == [made.id]


async def test_a_session_is_found_by_its_command(gateway: StripeGateway) -> None:
    command = uuid4()
    made = await gateway.create_session(parameters(command), "key-4")
    for number in range(3):
        await gateway.create_session(parameters(), f"key-4-{number}")
    since = datetime.now(UTC) - timedelta(hours=1)  # noqa: TID251
    assert await gateway.find_session(command, since) == made
    assert await gateway.find_session(uuid4(), since) is None


async def test_a_session_is_closed_once(gateway: StripeGateway) -> None:
    made = await gateway.create_session(parameters(), "key-5")
    await gateway.expire_session(made.id)
    with pytest.raises(NothingToDo):
        await gateway.expire_session(made.id)
    with pytest.raises(NothingToDo):
        await gateway.expire_session("cs_nobody_knows")


async def test_a_payment_is_refunded_once_a_key(sandbox: Sandbox, gateway: StripeGateway) -> None:
    made = await gateway.create_session(parameters(), "key-6")
    await sandbox.json("POST", f"/sandbox/checkout/{made.id}/pay")
    intent = sandbox.parts.stripe.sessions[made.id]["payment_intent"]
    asked = {"payment_intent": intent, "amount": 5000, "metadata": {"refund_command_id": "x"}}
    first, second = [await gateway.create_refund(asked, "key-7") for _ in range(2)]
    assert first == second and first.amount_pence == 5000 and len(sandbox.parts.stripe.refunds) == 1
    with pytest.raises(StripeRefused):
        await gateway.create_refund(asked | {"amount": 10001}, "key-8")


@pytest.mark.parametrize(
    ("how", "error", "code"),
    [
        ({"status": 429}, StripeUnavailable, "rate_limit"),
        ({"status": 503}, StripeUnavailable, "http_503"),
        ({"status": 500}, StripeUnavailable, "http_500"),
        ({"status": 409}, StripeUnavailable, "http_409"),
        ({"status": 400, "code": "amount_too_small"}, StripeRefused, "amount_too_small"),
        ({"status": 402, "code": "card_declined"}, StripeRefused, "card_declined"),
        ({"status": 401}, AccountRefused, "account_401"),
        ({"status": 403}, AccountRefused, "account_403"),
        ({"drop_response": True}, StripeUnavailable, "connection"),
    ],
)
async def test_every_failure_is_one_of_ours(
    sandbox: Sandbox, gateway: StripeGateway, how: dict[str, Any], error: type[InkgateError], code: str
) -> None:
    await fault(sandbox, **how)
    with pytest.raises(error) as raised:
        await gateway.create_session(parameters(), str(uuid4()))
    assert raised.value.code == code  # type: ignore[attr-defined]
    assert raised.value.__suppress_context__  # the library's error holds the request


async def test_a_stored_500_is_known_by_its_repetition(sandbox: Sandbox, gateway: StripeGateway) -> None:
    asked = parameters()
    await fault(sandbox, status=500)
    with pytest.raises(StripeUnavailable):
        await gateway.create_session(asked, "key-9")
    with pytest.raises(KeySpent):
        await gateway.create_session(asked, "key-9")
    assert (await gateway.create_session(asked, "key-10")).url


async def test_a_key_that_was_used_for_something_else_is_spent(gateway: StripeGateway) -> None:
    await gateway.create_session(parameters(), "key-11")
    with pytest.raises(KeySpent):
        await gateway.create_session(parameters(), "key-11")


async def test_a_call_that_hangs_ends(
    sandbox: Sandbox, gateway: StripeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_module, "CALL_S_MAX", 0.2)
    await fault(sandbox, hang=True)
    with pytest.raises(StripeUnavailable, match="timeout"):
        await gateway.create_session(parameters(), "key-12")


async def test_no_error_shows_the_api_key(sandbox: Sandbox) -> None:
    wrong = StripeGateway("sk_live_veryverysecret", sandbox.url)
    nobody = StripeGateway("sk_live_veryverysecret", f"http://127.0.0.1:{free_port()}")
    for gateway, error in ((wrong, AccountRefused), (nobody, StripeUnavailable)):
        with pytest.raises(error) as raised:
            await gateway.create_session(parameters(), "key-13")
        assert "veryverysecret" not in f"{raised.value!r} {raised.value} {vars(raised.value)} {vars(gateway)}"
        await gateway.close()


async def test_a_refund_is_found_by_its_command() -> None:
    asked: list[str] = []

    async def refunds(request: web.Request) -> web.Response:
        asked.append(request.path_qs)
        refund = {"object": "refund", "amount": 5000, "currency": "gbp", "status": "pending", "payment_intent": "pi_1"}
        found = [refund | {"id": f"re_{n}", "metadata": {"refund_command_id": str(UUID(int=n))}} for n in (1, 2)]
        rows = [refund | {"id": "re_by_hand", "metadata": {}}, *found]
        return web.json_response({"object": "list", "data": rows, "has_more": False, "url": "/v1/refunds"})

    application = web.Application()
    application.router.add_get("/v1/refunds", refunds)
    runner = web.AppRunner(application)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    gateway = StripeGateway(STRIPE_KEY, f"http://127.0.0.1:{port}")
    try:
        found = await gateway.find_refund("pi_1", UUID(int=2))
        assert found is not None and (found.id, found.amount_pence, found.status) == ("re_2", 5000, "pending")
        assert await gateway.find_refund("pi_1", UUID(int=9)) is None
        assert "payment_intent=pi_1" in asked[0]
    finally:
        await gateway.close()
        await runner.cleanup()
