"""The loop on a real Kafka: it goes on where it stopped, however it stopped, and can go back to anywhere."""

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka.admin import NewPartitions, RecordsToDelete
from aiokafka.structs import TopicPartition

from inkgate.analytics import reader
from inkgate.analytics.errors import AnalyticsError
from inkgate.analytics.sinks.duck import DuckDB
from inkgate.analytics.sinks.postgres import PostgreSQL
from inkgate.analytics.sinks.sink import Sink
from inkgate.local.environment import database_url
from inkgate_common.cloudevents import Event, Record, encode
from inkgate_common.settings import KafkaSettings
from tests.analytics import played
from tests.analytics.test_sinks import reference, tables
from tests.analytics.topics import WITHIN_S, Topic
from tests.servers import LiveServers

pytestmark = pytest.mark.live

EVENTS = played.events(played.lives(8, seed=11))


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    sink = DuckDB(":memory:")
    await sink.prepare()
    yield sink
    await sink.close()


async def same(sink: Sink, events: Sequence[Event]) -> None:
    expected = await reference(played.facts(list(events)))
    assert await tables(sink) == await tables(expected)
    await expected.close()


async def test_it_goes_on_where_it_stopped_and_duplicates_and_replays_change_nothing(topic: Topic, sink: Sink) -> None:
    half = len(EVENTS) // 2
    await topic.publish(EVENTS[:half])
    assert (await topic.read(sink))[0].events == half
    await same(sink, EVENTS[:half])
    await topic.publish([*EVENTS[half - 50 : half], *EVENTS[half:][::-1], *EVENTS[half:]])
    assert (await topic.read(sink))[0].events == 50 + 2 * (len(EVENTS) - half)
    await same(sink, EVENTS)
    assert (await topic.read(sink))[0].events == 0
    everything, _ = await topic.read(sink, "beginning")
    assert everything.events == half + 50 + 2 * (len(EVENTS) - half)
    await same(sink, EVENTS)


async def test_it_can_begin_anywhere(topic: Topic, sink: Sink) -> None:
    await topic.publish(EVENTS[:20])
    assert (await topic.read(sink, "latest"))[0].events == 0
    assert (await topic.read(sink))[0].events == 0
    assert (await topic.read(sink, datetime(2020, 1, 1, tzinfo=UTC)))[0].events == 20
    assert (await topic.read(sink, datetime(2100, 1, 1, tzinfo=UTC)))[0].events == 0


async def test_what_is_no_fact_is_told_and_passed_over(topic: Topic, sink: Sink) -> None:
    good = encode(EVENTS[0], topic.name)
    await topic.send(Record(good.id, topic.name, good.key, good.headers, b"{"), 0)
    await topic.send(Record(good.id, topic.name, good.key, [], b""), 0)
    await topic.publish(EVENTS)
    counts, said = await topic.read(sink)
    assert (counts.events, counts.malformed) == (len(EVENTS) + 2, 2)
    assert [line for line in said if line.startswith(f"passed over {topic.name}/0/0: inkgate.lead.")]
    await same(sink, EVENTS)


async def test_what_was_deleted_before_it_was_read_is_told_and_shown_as_missing(topic: Topic, sink: Sink) -> None:
    await topic.publish(EVENTS, partition=1)
    await topic.admin.delete_records({TopicPartition(topic.name, 1): RecordsToDelete(5)})
    _, said = await topic.read(sink)
    assert not [line for line in said if "deleted" in line]  # nobody had read any of it
    await sink.keep(_nothing(), {(topic.name, 1): 2})
    _, said = await topic.read(sink)
    assert "partition 1: 3 events were deleted from the topic before they were read" in said
    assert (await sink.select("select count(*) from leads where missing > 0")).rows[0][0] > 0


async def test_a_topic_that_was_made_anew_is_read_anew(topic: Topic, sink: Sink) -> None:
    await topic.publish(EVENTS, partition=2)
    await sink.keep(_nothing(), {(topic.name, 2): 1_000_000})
    _, said = await topic.read(sink)
    assert [line for line in said if "it was made anew" in line]
    await same(sink, EVENTS)


def _nothing() -> Any:
    from inkgate.analytics.fold import Rows

    return Rows([], [], [])


async def test_following_takes_what_comes_and_partitions_that_are_added(
    topic: Topic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "METADATA_AGE_MS", 200)
    sink, looks = DuckDB(str(tmp_path / "a.duckdb")), DuckDB(str(tmp_path / "a.duckdb"))
    await sink.prepare()
    stop, said = asyncio.Event(), asyncio.Queue[str]()
    loop = reader.Reader(topic.kafka, sink, "latest", said.put_nowait)
    running = asyncio.create_task(loop.run(stop, once=False))
    try:
        async with asyncio.timeout(WITHIN_S):
            await said.get()
            await topic.publish(EVENTS[:200])
            while loop.counts.events < 200:
                await asyncio.sleep(0.02)
            await topic.admin.create_partitions({topic.name: NewPartitions(4, None)})
            await topic.again()
            await topic.publish(EVENTS[200:], partition=3)
            while loop.counts.events < len(EVENTS):
                await asyncio.sleep(0.02)
    finally:
        stop.set()
        await running
        await sink.close()
    await same(looks, EVENTS)
    await looks.close()


async def test_a_topic_that_is_not_there_is_named(servers: LiveServers, sink: Sink) -> None:
    kafka = KafkaSettings(kafka_bootstrap=servers.kafka_bootstrap, topic_prefix=f"{servers.prefix}none.")
    with pytest.raises(AnalyticsError, match=r"there is no topic .*none\.inkgate\.leads\.v1"):
        await reader.Reader(kafka, sink, None, print).run(asyncio.Event(), once=True)


@pytest.mark.parametrize("database", ["duckdb", "postgresql"])
async def test_killed_between_any_two_instructions_it_goes_on_and_comes_to_the_same(
    database: str, topic: Topic, servers: LiveServers, tmp_path: Path
) -> None:
    await topic.publish([*EVENTS, *EVENTS[::-1]])
    where, looks = await _somewhere(database, servers, tmp_path)
    arguments = ["run", "--once", "--batch", "3", "--sink", where, "--kafka-bootstrap", topic.kafka.kafka_bootstrap]
    arguments += ["--topic-prefix", topic.kafka.topic_prefix]
    reached = 0
    for _ in range(3):
        process = _inkgate(arguments)
        try:
            await _has_written(database, looks, topic.name, tmp_path, reached, process)
        finally:
            process.kill()
            process.wait()
        reached = await _reached(looks, topic.name)
    assert 0 < reached < 2 * len(EVENTS), "nothing was under way when it was killed"
    last = _inkgate([*arguments[:2], *arguments[4:]])
    out, _ = await asyncio.to_thread(last.communicate, timeout=WITHIN_S)
    assert last.returncode == 0, out
    assert "caught up" in out
    await same(looks, EVENTS)
    await looks.close()


def _inkgate(arguments: Sequence[str]) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("INKGATE_")}
    command = [sys.executable, "-m", "inkgate.cli", "analytics", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)


async def _has_written(
    database: str, looks: Sink, topic: str, folder: Path, reached: int, process: subprocess.Popen[str]
) -> None:
    """Returns once the process has kept some more batches."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            assert process.poll() is None, process.stdout and process.stdout.read()
            if database == "duckdb":  # only the process itself can look into the file now
                log = folder / "a.duckdb.wal"
                if log.exists() and log.stat().st_size > 60_000:
                    return
            elif await _reached(looks, topic) >= reached + 40:
                return
            await asyncio.sleep(0.02)


async def _reached(sink: Sink, topic: str) -> int:
    found = sum((await sink.positions(topic)).values()) if await _is_made(sink) else 0
    await sink.idle()
    return found


async def _is_made(sink: Sink) -> bool:
    found = await sink.select("select count(*) from information_schema.tables where table_name = 'positions'")
    return bool(found.rows[0][0])


async def _somewhere(database: str, servers: LiveServers, folder: Path) -> tuple[str, Sink]:
    """An empty place: its address, and a sink to look into it."""
    if database == "duckdb":
        path = folder / "a.duckdb"
        return f"duckdb:{path}", DuckDB(str(path))
    name = f"{servers.prefix}_{secrets.token_hex(4)}"
    connection = await asyncpg.connect(servers.database_url)
    await connection.execute(f'create database "{name}"')
    await connection.close()
    url = database_url(servers.database_url, name)
    return url, PostgreSQL(url)
