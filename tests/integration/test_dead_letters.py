"""An event that cannot be handled: set aside with its reason, holding up nobody else, and brought back when the cause is
mended."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.e2e.stack import Client
from tests.integration.product import Product

pytestmark = pytest.mark.live

POISON = "a most poisonous fern"


async def inkgate(product: Product, *arguments: str) -> str:
    """The desk tool against this installation; what it printed."""
    around = product.around
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "inkgate.cli", *arguments),
        *("--database-url", around.servers.database_url, "--kafka-bootstrap", around.servers.kafka_bootstrap),
        *("--topic-prefix", around.topic_prefix, "--database-prefix", around.database_prefix),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    return printed.decode()


@pytest.fixture
async def refusing(product: Product) -> AsyncIterator[asyncpg.Connection]:
    """Dialogue's database refuses one text, as a bug of ours would make it. The connection is its administrator's."""
    name = product.environment("dialogue")["INKGATE_DATABASE_URL"].rpartition("/")[2]
    connection = await asyncpg.connect(product.around.servers.database_url, database=name)
    try:
        await connection.execute(
            f"alter table leads add constraint refusing check (strpos(state::text, '{POISON}') = 0) not valid"
        )
        yield connection
        await connection.execute("alter table leads drop constraint if exists refusing")
    finally:
        await connection.close()


async def test_a_poisoned_message_holds_up_nobody_else_and_is_replayed_once_the_cause_is_mended(
    product: Product, client: Client, refusing: asyncpg.Connection
) -> None:
    other = product.client()
    await asyncio.gather(client.begin(), other.begin())
    await client.say(POISON)
    lead = await client.until("a parked conversation", lambda lead: "parked" in lead["flags"])
    assert lead["step"] == 0
    await other.answer_until("style")

    listed = await inkgate(product, "dlq", "list", "--topic", "inbound")
    assert POISON not in listed + product.log("dialogue-1"), "the reason holds what she wrote"
    assert "CheckViolationError" in listed and "1 dead letters" in listed
    found = re.search(r"^([0-9a-f-]{36})  dead  inkgate.message.received", listed, re.MULTILINE)
    assert found is not None, listed

    await refusing.execute("alter table leads drop constraint refusing")
    await inkgate(product, "dlq", "replay", found[1], "--topic", "inbound")
    await client.until("the message, waiting", lambda lead: lead["mailbox"] == 1)
    status, answer = await client.act("release")
    assert status == 202, answer
    lead = await client.until("the next question", lambda lead: lead["step"] == 1)
    assert lead["answers"]["idea"] == POISON
    assert "0 dead letters" in await inkgate(product, "dlq", "list", "--topic", "inbound")
    await product.check()
