"""A database comes back from a backup: what it has forgotten is read and done again, with the same ids and so without a
second effect; nothing is lost and nobody gets a message twice (DESIGN §3, PROTOCOL §2)."""

import asyncio

import asyncpg
import pytest

from tests.e2e.stack import Stack

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
