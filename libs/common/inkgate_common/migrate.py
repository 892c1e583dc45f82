"""`inkgate-<service> migrate`: the service's database, its schema, and the topics it writes.

Safe from several replicas at once (an advisory lock), and all or nothing: the schema moves in one transaction.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, make_url, text

from inkgate_common import log
from inkgate_common.db import engine_for
from inkgate_common.errors import InkgateError
from inkgate_common.settings import KafkaSettings

_log = log.get("migrate")

DAY_MS = 86_400_000
_LOCK = 7_214_033

# The tables that `outbox`, `inbox` and `kafka` work on, as of the first release. Later changes are later migrations.
COMMON_TABLES_V1 = (
    """create table outbox (
        id uuid primary key, topic text not null, key text not null, headers text not null, value bytea not null,
        ordinal integer not null, created_at timestamptz not null default now()
    ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
            autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000)""",
    "create index outbox_created_at on outbox (created_at, ordinal)",
    """create table inbox (
        id uuid primary key, state text not null default 'done', seen_at timestamptz not null default now())""",
    "create index inbox_seen_at on inbox using brin (seen_at)",
    """create table streams (
        topic text not null, key text not null, position bigint not null, held integer not null default 0,
        primary key (topic, key)) with (fillfactor = 80)""",
    """create table held (
        id uuid primary key, topic text not null, key text not null, sequence bigint not null, headers text not null,
        value bytea not null, alarmed boolean not null default false, held_at timestamptz not null default now())""",
    "create index held_stream on held (topic, key, sequence)",
    """create table positions (
        topic text not null, partition integer not null, next_offset bigint not null, primary key (topic, partition)
    ) with (fillfactor = 50)""",
)


async def make_database(url: str) -> None:
    """Create the database of `url` if it is missing and we may; else leave it to whoever may."""
    target = make_url(url)
    dsn = target.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        await (await asyncpg.connect(dsn, timeout=10)).close()
        return
    except asyncpg.InvalidCatalogNameError:
        pass
    admin = target.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    connection = await asyncpg.connect(admin, timeout=10)
    try:
        await connection.execute(f'create database "{target.database}"')
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        pass  # another replica was faster
    finally:
        await connection.close()


async def upgrade(url: str, migrations: Path) -> None:
    """Bring the schema up to date in one transaction; replicas that come at the same time wait for each other."""
    engine = engine_for(url, pool_size=1)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"select pg_advisory_xact_lock({_LOCK})"))
            await connection.run_sync(_alembic, migrations)
    finally:
        await engine.dispose()


def _alembic(connection: Connection, migrations: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def alembic_env(context: Any) -> None:
    """The body of every service's `migrations/env.py`: run on the connection, and in the transaction, of `upgrade`."""
    context.configure(connection=context.config.attributes["connection"], transaction_per_migration=False)
    context.run_migrations()


def retention_days(topic: str) -> int:
    """How long a topic (short name) and its dead letters are kept (PROTOCOL §3)."""
    return 90 if topic == "leads" else 7


async def make_topics(kafka: KafkaSettings, names: Iterable[str]) -> None:
    """Create these topics and their dead letters; existing ones are accepted. Waits up to 30 s for Kafka."""
    topics = []
    for name in names:
        keep_ms = str(retention_days(name) * DAY_MS)
        for full in (kafka.topic(name), f"{kafka.topic(name)}.dlq"):
            topics.append(
                NewTopic(
                    full,
                    num_partitions=kafka.topic_partitions,
                    replication_factor=kafka.topic_replication,
                    topic_configs={"retention.ms": keep_ms},
                )
            )
    last: Exception | None = None
    for _ in range(15):
        admin = AIOKafkaAdminClient(**kafka.client_options(), request_timeout_ms=10_000)
        try:
            await admin.start()
            response = await admin.create_topics(topics)
            for entry in response.topic_errors:
                if entry[1] not in (0, TopicAlreadyExistsError.errno):
                    raise InkgateError(f"topic {entry[0]}: {for_code(entry[1]).__name__} {entry[2] or ''}".strip())
            return
        except (KafkaError, OSError) as error:
            last = error
            await asyncio.sleep(2)
        finally:
            await admin.close()
    raise InkgateError(f"Kafka at {kafka.kafka_bootstrap} did not answer: {last}")


async def migrate(url: str, migrations: Path, kafka: KafkaSettings, topics: Iterable[str]) -> None:
    """Everything `migrate` does. Raises InkgateError or the driver's error; then nothing has changed in the schema.

    Topics come first: one that is there already harms nobody, a schema that is half a release ahead does.
    """
    await make_database(url)
    await make_topics(kafka, topics)
    await upgrade(url, migrations)
    _log.info("migrated")
