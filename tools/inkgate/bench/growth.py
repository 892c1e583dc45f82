"""What a turn leaves on disk: the bytes of each table with its indexes, and of each topic, divided by the turns."""

from __future__ import annotations

import asyncpg

from inkgate.bench.stage import Machine, Stage
from inkgate.local.environment import SERVICES

Bytes = dict[str, int]


async def size(on: Machine, made: Stage) -> Bytes:
    """`<service>.<table>` and `topic <name>` → bytes now. Topics only where Kafka's folder is this machine's."""
    found: Bytes = {}
    for service in SERVICES:
        connection = await asyncpg.connect(made.around.of(service)["INKGATE_DATABASE_URL"])
        try:
            rows = await connection.fetch(
                """select relname, pg_total_relation_size(oid) from pg_class
                where relkind = 'r' and relnamespace = 'public'::regnamespace"""
            )
        finally:
            await connection.close()
        found |= {f"{service}.{name}": size for name, size in rows}
    if not on.elsewhere:
        prefix = f"{made.around.topic_prefix}inkgate."
        for file in (on.local.home / "kafka" / "data").glob(f"{prefix}*/*.log"):
            topic = file.parent.name.removeprefix(prefix).rpartition("-")[0].removesuffix(".v1")
            found[f"topic {topic}"] = found.get(f"topic {topic}", 0) + file.stat().st_size
    return found


async def turns(made: Stage) -> int:
    """How many messages of clients intake has numbered."""
    connection = await asyncpg.connect(made.around.of("intake")["INKGATE_DATABASE_URL"])
    try:
        return int(await connection.fetchval("select coalesce(sum(position), 0) from conversations"))
    finally:
        await connection.close()


def a_turn(before: Bytes, after: Bytes, turns: int) -> dict[str, int]:
    """Bytes a turn of everything that grew by one or more."""
    grown = {name: round((size - before.get(name, 0)) / max(1, turns)) for name, size in after.items()}
    return {name: grown[name] for name in sorted(grown) if grown[name] > 0}
