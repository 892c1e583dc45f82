"""The same tables and the same answers in every database; real ones: DuckDB, PostgreSQL, and ClickHouse's engine (chdb)."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from inkgate.analytics import fold, questions
from inkgate.analytics.errors import AnalyticsError, SinkUnavailable
from inkgate.analytics.facts import Fact
from inkgate.analytics.sinks import postgres
from inkgate.analytics.sinks.clickhouse import ClickHouse
from inkgate.analytics.sinks.duck import DuckDB
from inkgate.analytics.sinks.postgres import PostgreSQL
from inkgate.analytics.sinks.sink import Sink, open_sink, refold, take
from inkgate.analytics.tables import FACTS, LEADS, MESSAGES
from inkgate.local.environment import database_url
from tests.servers import LiveServers

TOPIC = "inkgate.leads.v1"
EVERYWHERE = ["duckdb", "clickhouse", pytest.param("postgresql", marks=pytest.mark.live)]


async def opened(name: str, request: pytest.FixtureRequest) -> Sink:
    """An empty one."""
    if name == "duckdb":
        return open_sink(f"duckdb:{request.getfixturevalue('tmp_path') / 'analytics.duckdb'}")
    if name == "clickhouse":
        return ClickHouse("chdb://memory")  # the engine is gone, with all it held, when the last one is closed
    servers: LiveServers = request.getfixturevalue("servers")
    database = f"{servers.prefix}_{secrets.token_hex(4)}"
    connection = await asyncpg.connect(servers.database_url)
    await connection.execute(f'create database "{database}"')
    await connection.close()
    return PostgreSQL(database_url(servers.database_url, database))


@pytest.fixture(params=EVERYWHERE)
async def sink(request: pytest.FixtureRequest) -> AsyncIterator[Sink]:
    sink = await opened(request.param, request)
    await sink.prepare()
    yield sink
    await sink.close()


async def tables(sink: Sink) -> dict[str, list[Any]]:
    found = {}
    for table in (FACTS, MESSAGES, LEADS):
        names = ", ".join(table.columns)
        found[table.name] = (
            await sink.select(f"select {names} from {table.name} order by {', '.join(table.key)}")
        ).rows
    return found


async def reference(facts: list[Fact]) -> Sink:
    sink = DuckDB(":memory:")
    await sink.prepare()
    await take(sink, facts, {})
    return sink


async def test_the_tables_are_the_same_everywhere_however_the_facts_came(sink: Sink, facts: list[Fact]) -> None:
    for at in range(0, len(facts), 700):
        await take(sink, facts[at : at + 700][::-1], {(TOPIC, 3): at})
        await take(sink, facts[max(0, at - 300) : at + 100], {(TOPIC, 3): at})
    expected = await reference(facts)
    assert await tables(sink) == await tables(expected)
    await expected.close()


async def test_every_question_has_the_same_answer_everywhere(sink: Sink, facts: list[Fact]) -> None:
    await take(sink, facts, {})
    expected = await reference(facts)
    for name in questions.questions():
        for since_us in (0, facts[len(facts) // 3].at_us):
            mine, theirs = await questions.ask(sink, name, since_us), await questions.ask(expected, name, since_us)
            assert mine.columns == theirs.columns or not mine.rows  # ClickHouse names none where there is no row
            assert mine.rows == [pytest.approx(row) for row in theirs.rows], name
    await expected.close()


async def test_the_positions_are_those_of_the_last_batch(sink: Sink, facts: list[Fact]) -> None:
    await take(sink, facts[:5], {(TOPIC, 0): 5, (TOPIC, 1): 7})
    await take(sink, [], {(TOPIC, 1): 9})
    assert await sink.positions(TOPIC) == {0: 5, 1: 9}
    assert await sink.positions("another") == {}


async def test_it_may_be_prepared_again_and_keeps_what_it_has(sink: Sink, facts: list[Fact]) -> None:
    await take(sink, facts[:50], {(TOPIC, 0): 50})
    before = await tables(sink)
    await sink.prepare()
    assert await tables(sink) == before


async def test_a_column_that_a_release_adds_is_there_for_the_rows_of_before(sink: Sink, facts: list[Fact]) -> None:
    await take(sink, facts[:50], {})
    before = await tables(sink)
    for table, column in (("leads", "previous_lead_id"), ("messages", "waited_us")):
        await statement(sink, f"alter table {table} drop column {column}")
    await sink.prepare()
    await take(sink, facts[:50], {})
    after = await tables(sink)
    assert after["leads"] == before["leads"]
    assert len(after["messages"]) == len(before["messages"])


async def statement(sink: Sink, sql: str) -> None:
    if isinstance(sink, ClickHouse):
        with sink._client() as client:
            client.command(sql)
    elif isinstance(sink, PostgreSQL):
        await (await sink._connection()).execute(sql)
    elif isinstance(sink, DuckDB):
        (await sink._connection()).execute(sql)


async def test_rows_that_another_release_folded_are_folded_anew(
    sink: Sink, facts: list[Fact], monkeypatch: pytest.MonkeyPatch
) -> None:
    await take(sink, facts, {})
    monkeypatch.setattr(fold, "FOLD", fold.FOLD + 1)
    leads = len({fact.lead_id for fact in facts})
    assert await refold(sink) == leads
    assert await refold(sink) == 0
    assert (await sink.select(f"select count(*) from leads where fold = {fold.FOLD}")).rows == [(leads,)]


async def test_a_question_that_the_database_refuses_is_told_in_one_line(sink: Sink) -> None:
    with pytest.raises(SinkUnavailable, match="nowhere"):
        await sink.select("select * from nowhere")


@pytest.mark.parametrize("name", ["duckdb", pytest.param("postgresql", marks=pytest.mark.live)])
async def test_where_there_are_transactions_a_batch_is_kept_whole_or_not_at_all(
    name: str, request: pytest.FixtureRequest, facts: list[Fact]
) -> None:
    sink = await opened(name, request)
    await sink.prepare()
    rows = fold.apply(facts[:20], [])
    rows.leads[-1]["lead_id"] = None
    with pytest.raises(SinkUnavailable):
        await sink.keep(rows, {(TOPIC, 0): 20})
    assert await sink.positions(TOPIC) == {}
    assert (await sink.select("select count(*) from facts")).rows == [(0,)]
    await sink.close()


async def test_in_clickhouse_what_a_crash_left_half_done_is_done_again_to_the_same_end(
    request: pytest.FixtureRequest, facts: list[Fact]
) -> None:
    sink = await opened("clickhouse", request)
    assert isinstance(sink, ClickHouse)
    await sink.prepare()
    await take(sink, facts[:300], {(TOPIC, 0): 300})
    batch = facts[300:600]
    rows = fold.apply(batch, await sink.known({fact.lead_id for fact in batch}))
    sink.put(FACTS, rows.facts)  # and no more: neither messages nor leads nor the position
    assert await sink.positions(TOPIC) == {0: 300}
    await take(sink, batch, {(TOPIC, 0): 600})
    expected = await reference(facts[:600])
    assert await tables(sink) == await tables(expected)
    await sink.close()
    await expected.close()


async def test_another_process_gets_the_file_while_there_is_nothing_to_do(tmp_path: Path, facts: list[Fact]) -> None:
    writer, asker = DuckDB(str(tmp_path / "a.duckdb")), DuckDB(str(tmp_path / "a.duckdb"))
    await writer.prepare()
    await take(writer, facts[:10], {})
    await writer.idle()
    assert (await asker.select("select count(*) > 0 from facts")).rows == [(True,)]
    await asker.close()
    await take(writer, facts[10:20], {})
    await writer.close()


@pytest.mark.live
async def test_a_second_writer_waits_for_the_first_one_and_says_so_when_it_gives_up(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await opened("postgresql", request)
    assert isinstance(first, PostgreSQL)
    await first.prepare()
    second = PostgreSQL(first._url)
    monkeypatch.setattr(postgres, "PATIENCE_S", 0.1)
    with pytest.raises(SinkUnavailable, match="another `inkgate analytics run` writes"):
        await second.prepare()
    monkeypatch.setattr(postgres, "PATIENCE_S", 60.0)
    waiting = asyncio.create_task(second.prepare())
    await first.close()
    await waiting
    await second.close()


@pytest.mark.parametrize("where", ["mysql://host/db", "analytics.duckdb", "duckdb:", "duckdb://", "s3://bucket"])
def test_an_address_that_is_none_is_answered_with_those_that_are(where: str) -> None:
    with pytest.raises(AnalyticsError, match="duckdb:PATH, postgresql://"):
        open_sink(where)


async def test_a_database_that_does_not_answer_is_told_without_its_password() -> None:
    for where in ("postgresql://me:hunter2-fake@127.0.0.1:1/db", "clickhouse://me:hunter2-fake@127.0.0.1:1/db"):
        sink = open_sink(where)
        with pytest.raises(SinkUnavailable) as told:
            await sink.prepare()
        assert "hunter2" not in str(told.value) and "\n" not in str(told.value)
