"""A person's data: erased from every database, exported as one file, and she can come back (PROTOCOL §2, Identity)."""

import asyncpg
import pytest

from inkgate.local.environment import SERVICES
from tests.e2e.stack import ARTIST, Client, Stack

pytestmark = [pytest.mark.live, pytest.mark.domain("3b.erase", "4.person")]

# Where a name, number or message may stand for a moment on its way out: rows that are deleted once they are published.
_PASSING = {"outbox"}


async def found_in(stack: Stack, *words: str) -> set[str]:
    """Service, table and word, wherever a database still holds one of these words."""
    found = set()
    for service in SERVICES:
        connection = await asyncpg.connect(stack.around.of(service)["INKGATE_DATABASE_URL"])
        try:
            tables = await connection.fetch(
                """select relname from pg_class
                where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"""
            )
            for table in {row["relname"] for row in tables} - _PASSING:
                for word in words:
                    hits = await connection.fetchval(
                        f'select count(*) from "{table}" t where t::text ilike $1 or t::text ilike $2',
                        f"%{word}%",
                        f"%{word.encode().hex()}%",
                    )
                    if hits:
                        found.add(f"{service}.{table}: {word}")
        finally:
            await connection.close()
    return found


async def test_erased_from_every_database_and_back_as_somebody_new(clean_stack: Stack, client: Client) -> None:
    await client.begin()
    await client.turn("a heron with a broken umbrella")
    await client.turn("left shoulderblade")
    await client.turn("HUMAN")  # the artist is told who and what
    words = (client.wa_id, "broken umbrella", "shoulderblade")
    assert await found_in(clean_stack, client.wa_id, "broken umbrella") != set()
    old = await client.lead()
    exported = await clean_stack.ok("dialogue", "GET", f"/api/leads/{old['id']}/export")
    assert exported["phone"] == client.wa_id
    assert exported["leads"][0]["answers"]["idea"] == "a heron with a broken umbrella"
    assert any(item.get("text") == "left shoulderblade" for item in exported["timeline"])

    status, _ = await client.act("erase")
    assert status == 202

    async def gone() -> bool:
        return not await found_in(clean_stack, *words)

    await clean_stack.wait_for("her data to be gone everywhere", gone)
    left = await clean_stack.ok("dialogue", "GET", f"/api/leads/{old['id']}")
    assert (left["phone"], left["answers"], left["status"]) == (None, {}, old["status"])
    assert (await clean_stack.ok("dialogue", "GET", f"/api/leads/{old['id']}/export"))["phone"] is None

    again = await client.begin()
    assert again["conversation_id"] != old["conversation_id"]
    assert (again["answers"], again["step"]) == ({}, 0)
    await clean_stack.check()


async def test_what_the_artist_was_told_of_her_goes_too(clean_stack: Stack, client: Client) -> None:
    await client.begin()
    await client.turn("two wrens under a teacup")
    await client.turn("HUMAN")
    assert await client.stack.wait_for("the artist's notice", lambda: told(clean_stack, "teacup"))
    await client.act("erase")

    async def gone() -> bool:
        return not await found_in(clean_stack, "teacup")

    await clean_stack.wait_for("the notice to be gone", gone)
    await clean_stack.check()


async def told(stack: Stack, word: str) -> bool:
    """Whether a notice with this word reached the artist."""
    return any(
        word in message["text"] for message in await stack.client(ARTIST).chat() if message["direction"] == "out"
    )
