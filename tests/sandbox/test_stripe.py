"""Stripe's side, through the `stripe` library as payments uses it."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import stripe

from inkgate.sandbox.bus import Bus
from inkgate.sandbox.stripe_store import Cause, Stripe
from inkgate.sandbox.webhooks import Job
from tests.sandbox.conftest import STRIPE_KEY, STRIPE_SECRET, Receiver, Sandbox

PATH = "/webhooks/stripe"

# Stripe's own way of calling httpx.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


def params(**more: Any) -> dict[str, Any]:
    price = {"currency": "gbp", "unit_amount": 15000, "product_data": {"name": "Deposit"}}
    return {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "success_url": "http://127.0.0.1:8083/thanks",
        "expires_at": int(time.time()) + 23 * 3600,
        "metadata": {"lead_id": "lead-1"},
        "payment_intent_data": {"metadata": {"lead_id": "lead-1"}},
        **more,
    }


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[stripe.StripeClient]:
    http = stripe.HTTPXClient(timeout=10)
    yield stripe.StripeClient(STRIPE_KEY, base_addresses={"api": sandbox.url}, http_client=http, max_network_retries=0)
    await http.close_async()


async def event(receiver: Receiver) -> Any:
    """The next webhook, its signature checked by Stripe's own library."""
    received = await receiver.next(PATH)
    stripe.WebhookSignature.verify_header(
        received.body.decode(), received.headers["Stripe-Signature"], STRIPE_SECRET, tolerance=300
    )
    return json.loads(received.body)


async def test_a_session_is_made_paid_and_reported(
    sandbox: Sandbox, receiver: Receiver, client: stripe.StripeClient
) -> None:
    session = await client.v1.checkout.sessions.create_async(params())  # type: ignore[arg-type]
    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", 15000)
    assert (session.currency, session.livemode, session.to_dict()["metadata"]) == ("gbp", False, {"lead_id": "lead-1"})
    assert session.url == f"{sandbox.url}/sandbox/pay/{session.id}"
    async with sandbox.http.get(session.url) as page:
        assert "£150" in await page.text()
    status, paid = await sandbox.json("POST", f"/sandbox/checkout/{session.id}/pay")
    assert status == 200
    told = await event(receiver)
    assert (told["type"], told["id"]) == ("checkout.session.completed", paid["events"][0])
    assert told["data"]["object"]["payment_status"] == "paid"
    assert told["data"]["object"]["id"] == session.id
    found = await client.v1.checkout.sessions.retrieve_async(session.id)
    assert (found.status, found.url) == ("complete", None)
    intent = await client.v1.payment_intents.retrieve_async(str(found.payment_intent))
    assert (intent.status, intent.amount_received) == ("succeeded", 15000)
    assert intent.to_dict()["metadata"] == {"lead_id": "lead-1"}
    listed = await client.v1.checkout.sessions.list_async({"payment_intent": intent.id})
    assert [row.id for row in listed.data] == [session.id]


async def test_a_paid_session_can_be_reported_again_under_another_event_id(
    sandbox: Sandbox, receiver: Receiver, client: stripe.StripeClient
) -> None:
    session = await client.v1.checkout.sessions.create_async(params())  # type: ignore[arg-type]
    await sandbox.json("POST", f"/sandbox/checkout/{session.id}/pay")
    status, refused = await sandbox.json("POST", f"/sandbox/checkout/{session.id}/pay")
    assert status == 409
    assert "again=true" in refused["detail"]
    await sandbox.json("POST", f"/sandbox/checkout/{session.id}/pay?again=true")
    first, second = await event(receiver), await event(receiver)
    assert first["id"] != second["id"]
    assert first["data"]["object"]["id"] == second["data"]["object"]["id"]


async def test_an_open_session_expires_once_and_can_be_paid_late(
    sandbox: Sandbox, receiver: Receiver, client: stripe.StripeClient
) -> None:
    session = await client.v1.checkout.sessions.create_async(params())  # type: ignore[arg-type]
    expired = await client.v1.checkout.sessions.expire_async(session.id)
    assert expired.status == "expired"
    assert (await event(receiver))["type"] == "checkout.session.expired"
    with pytest.raises(stripe.InvalidRequestError, match=r'\["open"\]'):
        await client.v1.checkout.sessions.expire_async(session.id)
    assert (await sandbox.json("POST", f"/sandbox/checkout/{session.id}/pay"))[0] == 409
    assert (await sandbox.json("POST", f"/sandbox/checkout/{session.id}/pay?late=true"))[0] == 200
    assert (await event(receiver))["type"] == "checkout.session.completed"


async def test_a_failed_payment_completes_unpaid_first(
    sandbox: Sandbox, receiver: Receiver, client: stripe.StripeClient
) -> None:
    session = await client.v1.checkout.sessions.create_async(params())  # type: ignore[arg-type]
    await sandbox.json("POST", f"/sandbox/checkout/{session.id}/fail")
    told = sorted([await event(receiver), await event(receiver)], key=lambda each: str(each["type"]))
    assert [each["type"] for each in told] == ["checkout.session.async_payment_failed", "checkout.session.completed"]
    assert told[1]["data"]["object"]["payment_status"] == "unpaid"


async def test_refunds_in_part_then_the_rest_then_no_more(
    sandbox: Sandbox, receiver: Receiver, client: stripe.StripeClient
) -> None:
    session = await client.v1.checkout.sessions.create_async(params())  # type: ignore[arg-type]
    _, paid = await sandbox.json("POST", f"/sandbox/checkout/{session.id}/pay")
    await event(receiver)
    refund = await client.v1.refunds.create_async({"payment_intent": paid["payment_intent"], "amount": 5000})
    assert (refund.status, refund.amount) == ("succeeded", 5000)
    told = {each["type"]: each for each in [await event(receiver) for _ in range(3)]}
    assert set(told) == {"charge.refunded", "refund.created", "refund.updated"}
    assert told["charge.refunded"]["data"]["object"]["amount_refunded"] == 5000
    assert told["charge.refunded"]["data"]["object"]["refunded"] is False
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        await client.v1.refunds.create_async({"payment_intent": paid["payment_intent"], "amount": 10001})
    await client.v1.refunds.create_async({"payment_intent": paid["payment_intent"]})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.refunds.create_async({"payment_intent": paid["payment_intent"]})
    assert refused.value.code == "charge_already_refunded"
    assert (await client.v1.refunds.retrieve_async(refund.id)).amount == 5000
    for _ in range(3):
        await event(receiver)
    status, _ = await sandbox.json("POST", f"/sandbox/refunds/{refund.id}/fail")
    assert status == 200
    assert {(await event(receiver))["type"] for _ in range(2)} == {"refund.updated", "refund.failed"}


async def test_the_refunds_of_a_payment_are_listed_newest_first_with_their_metadata(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    intents = []
    for _ in range(2):
        session = await client.v1.checkout.sessions.create_async(params())  # type: ignore[arg-type]
        _, paid = await sandbox.json("POST", f"/sandbox/checkout/{session.id}/pay")
        intents.append(paid["payment_intent"])
    made = []
    for intent, command in zip([*intents, intents[0]], ["command-1", "another's", "command-2"], strict=True):
        asked: Any = {"payment_intent": intent, "amount": 5000, "metadata": {"refund_command_id": command}}
        made.append((await client.v1.refunds.create_async(asked)).id)
    listed = await client.v1.refunds.list_async({"payment_intent": intents[0], "limit": 100})
    assert [row.id for row in listed.data] == [made[2], made[0]]
    assert [row.to_dict()["metadata"]["refund_command_id"] for row in listed.data] == ["command-2", "command-1"]
    first = await client.v1.refunds.list_async({"payment_intent": intents[0], "limit": 1})
    assert ([row.id for row in first.data], first.has_more) == ([made[2]], True)
    rest = await client.v1.refunds.list_async({"payment_intent": intents[0], "starting_after": made[2]})
    assert ([row.id for row in rest.data], rest.has_more) == ([made[0]], False)


async def test_a_paid_session_is_disputed(sandbox: Sandbox, receiver: Receiver, client: stripe.StripeClient) -> None:
    session = await client.v1.checkout.sessions.create_async(params())  # type: ignore[arg-type]
    assert (await sandbox.json("POST", f"/sandbox/checkout/{session.id}/dispute"))[0] == 409
    _, paid = await sandbox.json("POST", f"/sandbox/checkout/{session.id}/pay")
    await event(receiver)
    await sandbox.json("POST", f"/sandbox/checkout/{session.id}/dispute")
    told = await event(receiver)
    assert told["type"] == "charge.dispute.created"
    assert told["data"]["object"]["payment_intent"] == paid["payment_intent"]
    assert told["data"]["object"]["amount"] == 15000


async def test_an_idempotency_key_gives_the_first_answer_again(client: stripe.StripeClient) -> None:
    asked = params()
    options: Any = {"idempotency_key": "command-1"}
    first = await client.v1.checkout.sessions.create_async(asked, options)  # type: ignore[arg-type]
    second = await client.v1.checkout.sessions.create_async(asked, options)  # type: ignore[arg-type]
    assert first.id == second.id
    assert second.last_response is not None
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        await client.v1.checkout.sessions.create_async(params(metadata={"lead_id": "2"}), options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"mode": "subscription"}, "mode"),
        ({"success_url": ""}, "success_url"),
        ({"line_items": []}, "line_items"),
        ({"expires_at": int(time.time()) + 60}, "expires_at"),
        ({"expires_at": int(time.time()) + 25 * 3600}, "expires_at"),
        ({"surprise": "x"}, "surprise"),
        ({"metadata": {"x": "y" * 501}}, "metadata[x]"),
    ],
)
async def test_what_stripe_refuses_is_refused(client: stripe.StripeClient, change: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.checkout.sessions.create_async(params(**change))  # type: ignore[arg-type]
    assert refused.value.param == param
    assert refused.value.http_status == 400


async def test_a_wrong_key_and_an_unknown_session_are_told_apart(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as missing:
        await client.v1.checkout.sessions.retrieve_async("cs_test_none")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    http = stripe.HTTPXClient(timeout=10)
    stranger = stripe.StripeClient(
        "sk_test_another", base_addresses={"api": sandbox.url}, http_client=http, max_network_retries=0
    )
    with pytest.raises(stripe.AuthenticationError):
        await stranger.v1.checkout.sessions.retrieve_async("cs_test_none")
    await http.close_async()


async def test_faults_fail_hide_and_replay(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    asked = params()
    await sandbox.json("POST", "/sandbox/faults", {"on": "stripe", "status": 503})
    options: Any = {"idempotency_key": "command-2"}
    with pytest.raises(stripe.APIError):
        await client.v1.checkout.sessions.create_async(asked, options)  # type: ignore[arg-type]
    await sandbox.json("POST", "/sandbox/faults", {"on": "stripe", "drop_response": True})
    with pytest.raises(stripe.APIConnectionError):
        await client.v1.checkout.sessions.create_async(asked, options)  # type: ignore[arg-type]
    again = await client.v1.checkout.sessions.create_async(asked, options)  # type: ignore[arg-type]
    assert list(sandbox.parts.stripe.sessions) == [again.id]
    await sandbox.json("POST", "/sandbox/faults", {"on": "stripe", "status": 500})
    options = {"idempotency_key": "command-3"}
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            await client.v1.checkout.sessions.create_async(asked, options)  # type: ignore[arg-type]


async def test_the_pay_page_does_nothing_when_it_is_only_opened(
    sandbox: Sandbox, receiver: Receiver, client: stripe.StripeClient
) -> None:
    session = await client.v1.checkout.sessions.create_async(params())  # type: ignore[arg-type]
    page = f"{sandbox.url}/sandbox/pay/{session.id}"
    for _ in range(3):
        async with sandbox.http.get(page) as response:
            assert response.status == 200
    assert (await client.v1.checkout.sessions.retrieve_async(session.id)).status == "open"
    async with sandbox.http.post(page, data={"do": "pay"}) as response:
        assert "Paid" in await response.text()
    assert (await event(receiver))["type"] == "checkout.session.completed"
    async with sandbox.http.get(f"{sandbox.url}/sandbox/pay/cs_test_none") as response:
        assert response.status == 404


async def test_a_session_expires_by_itself_when_its_time_has_come() -> None:
    now = [1_700_000_000.0]
    told: list[Job] = []

    class Collector:
        def offer(self, job: Job) -> bool:
            told.append(job)
            return True

    store = Stripe(Collector(), Bus(), lambda: now[0], "http://127.0.0.1:8090")  # type: ignore[arg-type]
    session = store.create_session(params(expires_at="1700001800"), Cause())
    assert store.expire_due() == 0
    now[0] += 1800
    assert store.expire_due() == 1
    assert session["status"] == "expired"
    assert [job.what for job in told] == ["checkout.session.expired"]
