"""`migrate`: the database, its schema and the topics, from several replicas at once, whole or not at all."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from inkgate.local.environment import Surroundings, database_url
from inkgate_common.db import engine_for
from inkgate_common.errors import InkgateError
from inkgate_common.migrate import LOCK_WAIT_S, make_database, make_topics, migrate, upgrade
from inkgate_common.settings import KafkaSettings
from tests.common.conftest import World

pytestmark = pytest.mark.live
_names = iter(range(1000))

COMMON = {"outbox", "inbox", "streams", "held", "positions"}
BROKEN = """from alembic import op

revision, down_revision = "0002", "0001"


def upgrade():
    op.execute("create table half_way (id integer)")
    op.execute("this is no SQL")
"""


NEXT = """from alembic import op

revision, down_revision = "0002", "0001"
INDEXES = {"effects_what": "on effects (what)"}


def upgrade():
    op.execute("alter table effects add column more text")
"""


@pytest.fixture
def url(installation: Surroundings) -> str:
    """A database that does not exist."""
    return database_url(installation.servers.database_url, f"{installation.database_prefix}new{next(_names)}")


@pytest.fixture
async def kafka(world: World) -> AsyncIterator[KafkaSettings]:
    yield world.settings


def second(migrations: Path, folder: Path, script: str) -> Path:
    """The migrations of a version that came later."""
    (folder / "versions").mkdir()
    for file in ("env.py", "versions/0001_first.py"):
        (folder / file).write_text((migrations / file).read_text())
    (folder / "versions" / "0002_second.py").write_text(script)
    return folder


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
    finally:
        await connection.close()
    return {row["tablename"] for row in rows}


async def topics(kafka: KafkaSettings, count: int) -> dict[str, dict[str, Any]]:
    """Every topic with this prefix, once there are so many: its partitions, and how long it keeps."""
    admin = AIOKafkaAdminClient(**kafka.client_options())
    await admin.start()
    try:
        names: list[str] = []
        async with asyncio.timeout(10):
            while len(names) < count:  # a broker hears of new topics a moment after the controller
                names = [name for name in await admin.list_topics() if name.startswith(kafka.topic_prefix)]
        found = {one["topic"]: {"partitions": len(one["partitions"])} for one in await admin.describe_topics(names)}
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        for answer in await admin.describe_configs(asked) if asked else []:
            for resource in answer.resources:
                configured = {name: value for name, value, *_ in resource[4]}
                found[resource[3]] |= {name: configured[name] for name in ("retention.ms", "min.insync.replicas")}
    finally:
        await admin.close()
    return found


async def test_it_makes_the_database_the_tables_and_the_topics_with_their_dead_letters(
    url: str, migrations: Path, kafka: KafkaSettings
) -> None:
    await migrate(url, migrations, kafka, ["intents", "leads"])
    assert await tables(url) == COMMON | {"effects", "alembic_version"}
    days = {"inkgate.intents.v1": 7, "inkgate.intents.v1.dlq": 7, "inkgate.leads.v1": 90, "inkgate.leads.v1.dlq": 90}
    assert await topics(kafka, 4) == {
        f"{kafka.topic_prefix}{name}": {
            "partitions": 2,
            "retention.ms": str(kept * 86_400_000),
            "min.insync.replicas": "1",
        }
        for name, kept in days.items()
    }


async def test_again_it_changes_nothing(url: str, migrations: Path, kafka: KafkaSettings) -> None:
    await migrate(url, migrations, kafka, ["intents"])
    connection = await asyncpg.connect(url)
    await connection.execute("insert into inbox (id) values (gen_random_uuid())")
    await migrate(url, migrations, kafka, ["intents"])
    assert await connection.fetchval("select count(*) from inbox") == 1
    await connection.close()


async def test_replicas_at_the_same_time_all_succeed(url: str, migrations: Path, kafka: KafkaSettings) -> None:
    await asyncio.gather(*(migrate(url, migrations, kafka, ["intents", "control"]) for _ in range(4)))
    assert await tables(url) == COMMON | {"effects", "alembic_version"}
    assert len(await topics(kafka, 4)) == 4


async def test_a_topic_that_is_there_is_taken_as_it_is(world: World, kafka: KafkaSettings) -> None:
    await make_topics(kafka, ["intents"])
    await make_topics(kafka.model_copy(update={"topic_partitions": 5}), ["intents", "control"])
    found = {name.removeprefix(kafka.topic_prefix): one["partitions"] for name, one in (await topics(kafka, 4)).items()}
    assert (found["inkgate.intents.v1"], found["inkgate.control.v1"]) == (2, 5)


async def test_a_migration_that_fails_leaves_the_schema_as_it_was(
    url: str, migrations: Path, kafka: KafkaSettings, tmp_path: Path
) -> None:
    await migrate(url, migrations, kafka, [])
    second(migrations, tmp_path, BROKEN)
    with pytest.raises(Exception, match="syntax error"):
        await migrate(url, tmp_path, kafka, [])
    assert await tables(url) == COMMON | {"effects", "alembic_version"}


async def test_without_kafka_the_schema_stays_as_it_was(
    url: str, migrations: Path, kafka: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(_: float) -> None: ...

    monkeypatch.setattr("inkgate_common.migrate.asyncio.sleep", at_once)
    nowhere = kafka.model_copy(update={"kafka_bootstrap": "127.0.0.1:1"})
    with pytest.raises(InkgateError, match=r"Kafka at 127\.0\.0\.1:1 .* does not answer: connection refused"):
        await migrate(url, migrations, nowhere, ["intents"])
    assert await tables(url) == set()


async def test_a_topic_that_cannot_be_made_is_named(kafka: KafkaSettings) -> None:
    three = kafka.model_copy(update={"topic_replication": 3})
    with pytest.raises(InkgateError, match=r"topic .*inkgate\.intents\.v1: InvalidReplicationFactorError"):
        await make_topics(three, ["intents"])


@pytest.mark.parametrize("mode", ["disable", "prefer"])
async def test_a_url_may_say_how_to_use_ssl(url: str, migrations: Path, kafka: KafkaSettings, mode: str) -> None:
    """As libpq has it, and every provider of PostgreSQL writes it."""
    with_mode = f"{url}?sslmode={mode}"
    await migrate(with_mode, migrations, kafka, [])
    engine = engine_for(with_mode, pool_size=1)
    async with engine.connect() as connection:
        assert (await connection.get_raw_connection()).driver_connection is not None
    await engine.dispose()


async def test_a_table_in_use_is_not_waited_for_so_long_that_others_wait(
    url: str, migrations: Path, tmp_path: Path
) -> None:
    """While a long transaction has read the table, a migration stands in the way of writers for a moment at a time; it goes
    through when that transaction has ended."""
    await make_database(url)
    await upgrade(url, migrations)
    later = second(migrations, tmp_path, NEXT)
    reader, writer = await asyncpg.connect(url), await asyncpg.connect(url)
    reading = reader.transaction()
    await reading.start()
    await reader.fetch("select * from effects")
    migrating = asyncio.create_task(upgrade(url, later))
    async with asyncio.timeout(20):
        while not await writer.fetchval("select count(*) from pg_locks where not granted"):
            await asyncio.sleep(0.01)  # another session's lock: there is no event to await
    await asyncio.wait_for(writer.execute("insert into effects (what) values ('a turn')"), LOCK_WAIT_S + 10)
    assert not migrating.done()
    await reading.rollback()
    await migrating
    assert await writer.fetchval("select more from effects") is None
    await reader.close()
    await writer.close()


async def test_an_index_is_built_beside_the_work_and_again_where_it_was_interrupted(
    url: str, migrations: Path, tmp_path: Path
) -> None:
    await make_database(url)
    later = second(migrations, tmp_path, NEXT)
    await asyncio.gather(*(upgrade(url, later) for _ in range(3)))
    connection = await asyncpg.connect(url)
    valid = "select indisvalid from pg_index where indexrelid = 'effects_what'::regclass"
    assert await connection.fetchval(valid)
    await connection.execute("update pg_index set indisvalid = false where indexrelid = 'effects_what'::regclass")
    await upgrade(url, later)
    assert await connection.fetchval(valid)
    await connection.close()


async def test_an_older_version_leaves_a_newer_schema_alone(
    url: str, migrations: Path, tmp_path: Path, kafka: KafkaSettings
) -> None:
    """A roll back starts the old version's migrate beside the schema of the new one."""
    await make_database(url)
    await upgrade(url, second(migrations, tmp_path, NEXT))
    await migrate(url, migrations, kafka, [])
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("select version_num from alembic_version") == "0002"
    await connection.close()
