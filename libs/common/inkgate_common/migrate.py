"""`inkgate-<service> migrate`: the service's database, its schema, and the topics it writes.

Safe from several replicas at once (an advisory lock), beside the old version at work, and all or nothing: the schema moves
in one transaction. A statement that waits for a table holds up everybody who comes to that table after it, so it waits for
LOCK_WAIT_S at most; then everything is taken back and tried again. What a migration may do is a rule
(tests/common/test_migrations.py). Indexes of tables that have rows are built beside the work, after the transaction: a
migration names them in `INDEXES`.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, TopicAuthorizationFailedError, for_code
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from inkgate_common import log, reach
from inkgate_common.db import connect, engine_for
from inkgate_common.errors import InkgateError, NoSuchDatabase, Unreachable
from inkgate_common.settings import KafkaSettings

_log = log.get("migrate")

DAY_MS = 86_400_000
_LOCK = 7_214_033
# How long a turn may stand still for a migration that waits for a long transaction to end.
LOCK_WAIT_S = 1.0
LOCK_TRIES = 60
BETWEEN_TRIES_S = 1.0
KAFKA_TRIES = 15
BETWEEN_KAFKA_TRIES_S = 2.0
# lock_not_available, deadlock_detected (PostgreSQL, 'Error Codes')
_TRY_AGAIN = ("55P03", "40P01")

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
    """Create the database of `url` if it is missing. Raises Unreachable, NoSuchDatabase where we may not create it."""
    try:
        await (await connect(url, timeout=10)).close()
        return
    except NoSuchDatabase as error:
        missing = error
    target = make_url(url)
    admin = target.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    try:
        connection = await connect(admin, timeout=10)
        try:
            await connection.execute(f'create database "{target.database}"')
        finally:
            await connection.close()
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        pass  # another replica was faster
    except (Unreachable, asyncpg.InsufficientPrivilegeError) as error:
        raise NoSuchDatabase(f"{missing}, and {target.username!r} may not create it: {error}") from None


async def upgrade(url: str, migrations: Path) -> None:
    """Bring the schema up to date; replicas that come at the same time wait for each other.

    A schema that is ahead is left alone: this is an older version, which must run beside it. Raises InkgateError where a
    table could not be had for a minute or two, or the driver's error; then no table has changed.
    """
    engine = engine_for(url, pool_size=1, command_timeout_s=None)
    try:
        async with engine.connect() as connection:
            # Asked again and again: who waits inside a statement holds up an index that is built `concurrently`.
            while not await connection.scalar(text(f"select pg_try_advisory_lock({_LOCK})")):
                await connection.rollback()
                await asyncio.sleep(0.2)
            await connection.commit()
            if await _in_one_transaction(connection, migrations):
                await _build_indexes(connection, migrations)
    finally:
        await engine.dispose()  # and with the session its lock goes


async def _in_one_transaction(connection: AsyncConnection, migrations: Path) -> bool:
    """Whether the schema is this version's now; False: it is ahead."""
    for attempt in range(1, LOCK_TRIES + 1):
        try:
            async with connection.begin():
                await connection.execute(text(f"set local lock_timeout = '{round(LOCK_WAIT_S * 1000)}ms'"))
                return await connection.run_sync(_alembic, migrations)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN:
                raise
            _log.warning("a table is in use, trying again", attempt=attempt)
        await asyncio.sleep(BETWEEN_TRIES_S)
    raise InkgateError(
        f"a table was in use each of {LOCK_TRIES} times: look for a long transaction in pg_stat_activity"
    )


def _config(migrations: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    return config


def _alembic(connection: Connection, migrations: Path) -> bool:
    config = _config(migrations)
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    head = scripts.get_current_head() or ""
    now = MigrationContext.configure(connection).get_current_revision()
    if now is not None and now not in known and now > head:  # they are numbered: 0001, 0002, …
        _log.warning("the schema is of a newer version, and stays so", schema=now, this_version=head)
        return False
    command.upgrade(config, "head")
    return True


def indexes(migrations: Path) -> Mapping[str, str]:
    """What all migrations of a service name in `INDEXES`: index → "on table (columns) …", oldest first."""
    found: dict[str, str] = {}
    for script in reversed(list(ScriptDirectory.from_config(_config(migrations)).walk_revisions())):
        found |= getattr(script.module, "INDEXES", {})
    return found


async def _build_indexes(connection: AsyncConnection, migrations: Path) -> None:
    """Build what is missing, while everybody goes on writing; one that an interruption left half-built is made anew."""
    await connection.execution_options(isolation_level="AUTOCOMMIT")
    for name, what in indexes(migrations).items():
        valid = await connection.scalar(
            text("select indisvalid from pg_index where indexrelid = to_regclass(:name)"), {"name": name}
        )
        if valid:
            continue
        if valid is False:
            await connection.execute(text(f"drop index concurrently {name}"))
        await connection.execute(text(f"create index concurrently {name} {what}"))
        _log.info("index built", index=name)


def alembic_env(context: Any) -> None:
    """The body of every service's `migrations/env.py`: run on the connection, and in the transaction, of `upgrade`."""
    context.configure(connection=context.config.attributes["connection"], transaction_per_migration=False)
    context.run_migrations()


def retention_days(topic: str) -> int:
    """How long a topic (short name) and its dead letters are kept (PROTOCOL §3)."""
    return 90 if topic == "leads" else 7


async def make_topics(kafka: KafkaSettings, names: Iterable[str]) -> None:
    """Create these topics and their dead letters; existing ones are accepted. Waits up to 30 s for Kafka to answer.

    Raises InkgateError; an Unreachable that says what is wrong, at once where Kafka does not let us in.
    """
    topics = []
    for name in names:
        keep_ms = str(retention_days(name) * DAY_MS)
        for full in (kafka.topic(name), f"{kafka.topic(name)}.dlq"):
            topics.append(
                NewTopic(
                    full,
                    num_partitions=kafka.topic_partitions,
                    replication_factor=kafka.topic_replication,
                    topic_configs={
                        "retention.ms": keep_ms,
                        # Of three copies two must have what is acknowledged: the default, 1, loses it with one broker.
                        "min.insync.replicas": str((kafka.topic_replication + 1) // 2),
                    },
                )
            )
    last: Exception | None = None
    for attempt in range(KAFKA_TRIES):
        admin = AIOKafkaAdminClient(**kafka.client_options(), request_timeout_ms=10_000)
        try:
            await admin.start()
            response = await admin.create_topics(topics)
            await _accept(admin, response.topic_errors)
            return
        except (KafkaError, OSError) as error:
            last = await reach.kafka(kafka) or error
            if isinstance(last, Unreachable) and last.refused:
                raise last from None
            if attempt == 0:
                _log.warning("waiting for Kafka", reason=str(last))
            await asyncio.sleep(BETWEEN_KAFKA_TRIES_S)
        finally:
            await admin.close()
    raise last if isinstance(last, Unreachable) else InkgateError(f"Kafka at {kafka.kafka_bootstrap}: {last!r}")


async def _accept(admin: AIOKafkaAdminClient, answers: Sequence[tuple[int | str, ...]]) -> None:
    """Whether every topic is there now: Kafka says of one that we may not make whether we may, not whether it exists, and
    where somebody else makes them we need no right to. Raises InkgateError for the first one that is missing."""
    refused = [entry for entry in answers if entry[1] not in (0, TopicAlreadyExistsError.errno)]
    forbidden = [entry[0] for entry in refused if entry[1] == TopicAuthorizationFailedError.errno]
    described = await admin.describe_topics(forbidden) if forbidden else []
    there = {topic["topic"] for topic in described if topic["error_code"] == 0}
    for name, code, *more in refused:
        if name not in there:
            raise InkgateError(f"topic {name}: {for_code(code).__name__} {more[0] or ''}".strip())


async def migrate(url: str, migrations: Path, kafka: KafkaSettings, topics: Iterable[str]) -> None:
    """Everything `migrate` does. Raises InkgateError or the driver's error; then nothing has changed in the schema.

    Topics come first: one that is there already harms nobody, a schema that is half a release ahead does.
    """
    await make_database(url)
    await make_topics(kafka, topics)
    await upgrade(url, migrations)
    _log.info("migrated")
