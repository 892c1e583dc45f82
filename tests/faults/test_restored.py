"""A database comes back from a backup: what it has forgotten is read and done again, with the same ids and so without a
second effect; nothing is lost and nobody gets a message twice (DESIGN §3, PROTOCOL §2)."""

import asyncio

import asyncpg
import pytest

from tests.builders import stripe
from tests.e2e.stack import Client, Stack

pytestmark = pytest.mark.live


class Backups:
    """Copies of one service's database, taken and put back while the service is stopped."""

    def __init__(self, stack: Stack, service: str) -> None:
        self._server = stack.around.servers.database_url
        self._name = stack.around.of(service)["INKGATE_DATABASE_URL"].rpartition("/")[2]

    async def take(self) -> None:
        await self._run(f'create database "{self._name}_backup" template "{self._name}"')

    async def put_back(self) -> None:
        await self._run(f'drop database "{self._name}" with (force)')
        await self._run(f'alter database "{self._name}_backup" rename to "{self._name}"')

    async def _run(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@pytest.mark.parametrize("service", ["dialogue", "sender", "intake"])
async def test_a_database_is_restored_from_a_backup(clean_stack: Stack, service: str) -> None:
    backups = Backups(clean_stack, service)
    clients = [clean_stack.client() for _ in range(3)]
    await asyncio.gather(*(client.answer_until("style") for client in clients))
    before = (await clean_stack.check()).duplicates
    await asyncio.to_thread(clean_stack.stop, service)
    await backups.take()
    await clean_stack.start_again(service)

    new = clean_stack.client()
    await asyncio.gather(*(client.answer_until("budget") for client in clients[:2]), new.answer_until("placement"))
    await clean_stack.check()
    await asyncio.to_thread(clean_stack.stop, service)
    await backups.put_back()
    await clean_stack.start_again(service)

    for client, question in zip((*clients, new), ("budget", "budget", "style", "placement"), strict=True):
        await client.until(f"'{question}' again", lambda lead, question=question: lead["question"] == question)
    await asyncio.gather(*(client.answer_until(None) for client in (*clients, new)))
    for client in (*clients, new):
        lead = await client.until("PENDING_APPROVAL", lambda lead: lead["status"] == "PENDING_APPROVAL", within_s=45)
        assert len(lead["answers"]) == 13
    assert (await clean_stack.check(settle_s=60)).duplicates == before


async def test_payments_is_restored_and_its_reports_are_sent_again_from_stripes_dashboard(
    clean_stack: Stack, client: Client
) -> None:
    """What was answered 200 since the backup does not come again by itself. Sent again it counts once, and nobody hears of
    the money twice."""
    backups = Backups(clean_stack, "payments")
    await client.qualified()
    await asyncio.to_thread(clean_stack.stop, "payments")
    await backups.take()
    await clean_stack.start_again("payments")
    assert (await client.act("approve"))[0] == 202
    await client.until("AWAITING_DEPOSIT", lambda lead: lead["status"] == "AWAITING_DEPOSIT")
    session = (await client.lead())["deposit"]["session"]
    await client.pay()
    await client.until("BOOKING_PENDING", lambda lead: lead["status"] == "BOOKING_PENDING")
    await clean_stack.check(settle_s=60)

    await asyncio.to_thread(clean_stack.stop, "payments")
    await backups.put_back()
    await clean_stack.start_again("payments")
    secret = clean_stack.around.secrets.stripe_webhook_secret
    reports = [entry for entry in await clean_stack.log_entries("stripe_webhook") if entry["session"] == session]
    assert reports
    for entry in reports:
        raw = stripe.body(entry["request"])
        url = clean_stack.around.url("payments") + "/webhooks/stripe"
        headers = {"stripe-signature": stripe.signature(raw, secrets=[secret])}
        async with clean_stack.http.post(url, data=raw, headers=headers) as response:
            assert response.status == 200

    await clean_stack.check(settle_s=60)
    lead = await client.lead()
    assert (lead["status"], lead["deposit"]["session"]) == ("BOOKING_PENDING", session)
    assert lead["deposit"]["paid_pence"] == 15_000
    assert sum("has arrived" in text for text in await client.received()) == 1
