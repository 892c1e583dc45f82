"""The figures against the product itself: what `GET /api/funnel` says, and what is counted in dialogue's own database."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from inkgate.analytics import questions, reader
from inkgate.analytics.sinks.duck import DuckDB
from inkgate.analytics.sinks.sink import Sink
from inkgate.invariants.load import kafka_settings
from inkgate_dialogue.domain.lead import Lead
from tests.e2e.stack import Client, Stack

pytestmark = pytest.mark.live

_lead = msgspec.json.Decoder(Lead)


async def played(stack: Stack) -> None:
    """Clients who stop, are misread, pay, are booked, do not come, opt out; a change that is taken back; somebody erased."""
    clients = [stack.client() for _ in range(7)]
    await asyncio.gather(
        clients[0].begin(),
        clients[1].answer_until("budget"),
        clients[2].with_link(),
        clients[3].paid(),
        _misread(clients[4]),
        _opts_out(clients[5]),
    )
    await _acts(clients[3], "book", "BOOKED", slot="Friday 4 June, 13:00")
    await _acts(clients[3], "no_show", "NO_SHOW")
    await clients[1].act("erase")
    await _taken_back(stack, clients[6])


async def _acts(client: Client, action: str, status: str, **arguments: str) -> None:
    answer = await client.act(action, **arguments)
    assert answer[0] == 202, answer
    await client.until(status, lambda lead: lead["status"] == status)


async def _misread(client: Client) -> None:
    await client.answer_until("dimensions")
    await client.turn("no idea")
    await client.turn("20x20cm")


async def _opts_out(client: Client) -> None:
    await client.begin()
    await client.say("STOP")
    await client.until("OPTOUT", lambda lead: lead["status"] == "OPTOUT")


async def _taken_back(stack: Stack, client: Client) -> None:
    await client.answer_until("placement")
    await stack.fault(on="whatsapp", wa_id=client.wa_id, late_failure=131026)
    await client.say("Left forearm")
    await client.until("the late failure", lambda lead: "send_failed" in lead["flags"])


async def dialogue(stack: Stack) -> list[Lead]:
    """Every lead as dialogue has it."""
    connection = await asyncpg.connect(stack.around.of("dialogue")["INKGATE_DATABASE_URL"])
    try:
        return [_lead.decode(row["state"]) for row in await connection.fetch("select state from leads")]
    finally:
        await connection.close()


async def funnel(sink: Sink) -> dict[str, Any]:
    """The funnel in the shape of the API."""
    rows = (await questions.ask(sink, "funnel")).records()
    return {
        "created": sum(row["leads"] for row in rows if row["what"] == "created"),
        "steps": {row["name"]: row["leads"] for row in rows if row["what"] == "step"},
        "statuses": {row["name"]: row["leads"] for row in rows if row["what"] == "status"},
    }


async def test_the_funnel_and_every_count_are_those_of_dialogue(clean_stack: Stack, tmp_path: Path) -> None:
    await played(clean_stack)
    sink = DuckDB(str(tmp_path / "a.duckdb"))
    await sink.prepare()
    kafka = kafka_settings(clean_stack.around)

    async def all_is_read() -> Sequence[Lead] | None:
        await reader.Reader(kafka, sink, None, lambda line: None).run(asyncio.Event(), once=True)
        leads = await dialogue(clean_stack)
        read = dict((await sink.select("select lead_id, version from leads")).rows)
        return leads if read == {str(lead.id): lead.version for lead in leads} else None

    leads = await clean_stack.wait_for("the topic to tell of all that dialogue knows", all_is_read)
    assert leads is not None
    told = await clean_stack.ok("dialogue", "GET", "/api/funnel?days=30")
    mine = await funnel(sink)
    assert mine["created"] == told["created"] == len(leads)
    assert mine["steps"] == {step["question"]: step["leads"] for step in told["steps"] if step["leads"]}
    assert mine["statuses"] == told["statuses"]

    rows = (await sink.select("select * from leads")).records()
    assert Counter(row["status"] for row in rows) == Counter(lead.status for lead in leads)
    kept = {row["lead_id"] for row in rows if row["paid_pence"] > row["refunded_pence"]}
    assert kept == {str(lead.id) for lead in leads if lead.paid}
    have_paid = {str(lead.id) for lead in leads if lead.deposit is not None and lead.deposit.paid_pence}
    assert {row["lead_id"] for row in rows if row["paid_pence"]} == have_paid
    cities = {row["city"]: row for row in (await questions.ask(sink, "cities")).records()}
    assert sum(row["deposits"] for row in cities.values()) == len(have_paid)
    assert sum(row["no_shows"] for row in cities.values()) == sum(lead.status == "NO_SHOW" for lead in leads) >= 1
    assert (await questions.ask(sink, "missing")).rows == []
    repairs = {row["question"]: row["not_read"] for row in (await questions.ask(sink, "repairs")).records()}
    assert repairs["dimensions"] >= 1
    answered = {row["who"]: row for row in (await questions.ask(sink, "response_times")).records()}
    assert answered["the bot, answering her"]["half_s"] > 0
    delivery = (await questions.ask(sink, "delivery")).records()
    assert sum(row["failed"] for row in delivery) >= 1 and sum(row["arrived"] for row in delivery) >= 1
    await sink.close()
