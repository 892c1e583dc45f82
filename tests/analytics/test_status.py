"""`inkgate analytics status`: where each partition stands, on a real Kafka and in every database; what a CronJob
is told."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka.admin import RecordsToDelete
from aiokafka.structs import TopicPartition

from inkgate.analytics.facts import microseconds
from inkgate.analytics.fold import Rows
from inkgate.analytics.sinks.duck import DuckDB
from inkgate.analytics.sinks.sink import Sink, without_password
from inkgate.analytics.status import Found, Partition, Status, as_text, judged, look
from inkgate_common.clock import SystemClock
from inkgate_common.cloudevents import Record
from tests.analytics import played
from tests.analytics.test_sinks import EVERYWHERE, opened
from tests.analytics.topics import Topic

EVENTS = played.events(played.lives(3, seed=5))
NOW_US = 1_800_000_000_000_000


def one(found: Found) -> Partition:
    return judged("leads", "here", {0: found}, NOW_US).partitions[0]


# --- what the numbers come to -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "lag", "deleted"),
    [
        (Found(position=10, start=0, end=10), 0, 0),
        (Found(position=4, start=0, end=10), 6, 0),
        (Found(position=None, start=3, end=10), 7, 0),  # nothing read: `run` begins at the start
        (Found(position=1, start=3, end=10), 7, 2),
        (Found(position=50, start=0, end=10), 10, 0),  # made anew: all of it is read again
        (Found(position=0, start=0, end=0), 0, 0),
    ],
)
def test_the_lag_is_what_a_run_would_read(found: Found, lag: int, deleted: int) -> None:
    assert (one(found).lag, one(found).deleted) == (lag, deleted)


def test_the_age_is_that_of_the_youngest_fact_and_is_never_guessed() -> None:
    found = {0: Found(5, 0, 5, NOW_US - 90_000_000), 1: Found(5, 0, 5, NOW_US - 5_000_000), 2: Found(0, 0, 0)}
    told = judged("leads", "here", found, NOW_US)
    assert [part.last_fact_age_s for part in told.partitions] == [90.0, 5.0, None]
    assert told.last_fact_age_s == 5.0
    assert judged("leads", "here", {0: Found(5, 0, 5)}, NOW_US).last_fact_age_s is None
    assert one(Found(5, 0, 5, NOW_US + 1_000_000)).last_fact_age_s == 0  # a clock that is a little ahead


def test_in_a_terminal_each_partition_is_a_line_that_says_what_is_odd() -> None:
    found = {0: Found(10, 0, 12, NOW_US - 7_200_000_000), 1: Found(None, 0, 3), 2: Found(1, 4, 9), 3: Found(9, 0, 2)}
    head, _, _, _, *lines = as_text(judged("leads", "duckdb:a.duckdb", found, NOW_US)).splitlines()
    assert head == "leads in duckdb:a.duckdb: 12 messages to read; the last fact that was read is 2 h old"
    assert [line.split() for line in lines] == [
        ["0", "10", "12", "2", "2", "h", "ago"],
        ["1", "-", "3", "3", "-", *["nothing", "read", "yet"]],
        ["2", "1", "9", "5", "-", *["3", "deleted", "before", "they", "were", "read"]],
        ["3", "9", "2", "2", "-", *["ends", "before", "the", "position:", "the", "topic", "was", "made", "anew"]],
    ]


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        ("duckdb:a/b.duckdb", "duckdb:a/b.duckdb"),
        ("postgresql://me:not-a-secret@db:5432/x?password=not-a-secret", "postgresql://db:5432/x"),
        ("clickhouses://ch.example:8443/x", "clickhouses://ch.example:8443/x"),
    ],
)
def test_no_password_is_shown(where: str, shown: str) -> None:
    assert without_password(where) == shown


# --- on a real Kafka --------------------------------------------------------------------------------------------------


async def status(topic: Topic, sink: Sink) -> Status:
    return await look(topic.kafka, sink, "here", SystemClock().now())


@pytest.mark.live
@pytest.mark.parametrize("database", EVERYWHERE)
async def test_it_says_where_every_partition_stands(
    database: str, topic: Topic, request: pytest.FixtureRequest
) -> None:
    sink = await opened(database, request)
    assert not await sink.is_prepared()
    await sink.prepare()
    assert await sink.is_prepared()
    await topic.publish(EVENTS[:9], partition=0)
    await topic.publish(EVENTS[9:14], partition=1)
    before = await status(topic, sink)
    assert [(part.position, part.end, part.lag) for part in before.partitions] == [
        (None, 9, 9),
        (None, 5, 5),
        (None, 0, 0),
    ]
    assert before.last_fact_age_s is None

    await topic.read(sink)
    await topic.publish(EVENTS[14:17], partition=1)
    after = await status(topic, sink)
    assert [(part.partition, part.position, part.start, part.end, part.lag) for part in after.partitions] == [
        (0, 9, 0, 9, 0),
        (1, 5, 0, 8, 3),
        (2, 0, 0, 0, 0),
    ]
    assert after.lag == 3
    now_us = microseconds(SystemClock().now())
    for part, last in zip(after.partitions, (EVENTS[8], EVENTS[13]), strict=False):
        assert part.last_fact_age_s == pytest.approx((now_us - microseconds(last.data.at)) / 1e6, abs=60)
    assert after.partitions[2].last_fact_age_s is None
    assert [part.position for part in (await status(topic, sink)).partitions] == [9, 5, 0]  # it moves nothing
    await sink.close()


@pytest.mark.live
async def test_what_was_deleted_and_what_is_no_fact_do_not_hide_where_it_stands(topic: Topic) -> None:
    sink = DuckDB(":memory:")
    await sink.prepare()
    await topic.publish(EVENTS[:9], partition=0)
    await topic.admin.delete_records({TopicPartition(topic.name, 0): RecordsToDelete(5)})
    await topic.send(Record(EVENTS[0].id, topic.name, str(EVENTS[0].subject), [], b"{"), 1)
    await topic.publish([])
    await sink.keep(Rows([], [], []), {(topic.name, 0): 2, (topic.name, 1): 1, (topic.name, 2): 7})
    found = (await status(topic, sink)).partitions
    assert [(part.lag, part.deleted) for part in found] == [(4, 3), (0, 0), (0, 0)]
    assert found[0].last_fact_age_s is None  # it is gone
    assert found[1].last_fact_age_s is not None and found[1].last_fact_age_s < 600  # when it was published
    await sink.close()


@pytest.mark.live
async def test_a_cronjob_is_told_by_the_exit_code(topic: Topic, tmp_path: Path) -> None:
    where = f"duckdb:{tmp_path / 'a.duckdb'}"
    await topic.publish(EVENTS[:20])
    assert inkgate(topic, "run", "--once", "--sink", where).returncode == 0
    await topic.publish(EVENTS[20:25])

    within = inkgate(topic, "status", "--sink", where, "--max-lag", "5", "--json")
    assert within.returncode == 0, within.stderr
    told = json.loads(within.stdout)
    assert (told["topic"], told["sink"], told["lag"]) == (topic.name, where, 5)
    assert [set(part) for part in told["partitions"]] == [set(Partition.__struct_fields__)] * 3
    assert sum(part["end"] for part in told["partitions"]) == 25

    beyond = inkgate(topic, "status", "--sink", where, "--max-lag", "4")
    assert beyond.returncode == 1
    assert beyond.stdout.startswith(f"{topic.name} in {where}: 5 messages to read; the last fact that was read is")
    assert beyond.stderr == (
        "inkgate analytics: 5 messages are still to be read, more than --max-lag 4: is `run` at work?\n"
    )


@pytest.mark.live
async def test_what_is_not_there_is_named_in_one_line(topic: Topic, tmp_path: Path) -> None:
    nowhere, path = f"duckdb:{tmp_path / 'none.duckdb'}", tmp_path / "empty.duckdb"
    empty = DuckDB(str(path))
    await empty.select("select 1")
    await empty.close()
    prepared = DuckDB(str(tmp_path / "a.duckdb"))
    await prepared.prepare()
    await prepared.close()
    there = f"duckdb:{tmp_path / 'a.duckdb'}"
    for arguments, told in (
        (("--sink", nowhere), "there is no"),
        (("--sink", f"duckdb:{path}"), "nothing was read into"),
        (("--sink", "postgresql://127.0.0.1:1/x"), "PostgreSQL: "),
        (
            ("--sink", there, "--topic-prefix", f"{topic.kafka.topic_prefix}none."),
            "is it the right one, and the prefix?",
        ),
        (("--sink", there, "--kafka-bootstrap", "127.0.0.1:1"), "no Kafka answers at 127.0.0.1:1 by PLAINTEXT"),
    ):
        done = inkgate(topic, "status", *arguments)
        assert done.returncode == 2, arguments
        assert done.stderr.splitlines()[-1].startswith("inkgate analytics: ") and told in done.stderr, done.stderr
        assert "Traceback" not in done.stderr and done.stdout == ""


def inkgate(topic: Topic, action: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    kafka = ["--kafka-bootstrap", topic.kafka.kafka_bootstrap, "--topic-prefix", topic.kafka.topic_prefix]
    return subprocess.run(
        [sys.executable, "-m", "inkgate.cli", "analytics", action, *kafka, *arguments],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
