"""The SQL of housekeeping: what is measured, what is thrown away by age, templates that WhatsApp refuses."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from inkgate_common.db import Database, UnitOfWork


async def depth(database: Database) -> list[tuple[str, int, float]]:
    """For each state that is no end: how many sends, and the age of the oldest in seconds."""
    rows: Sequence[Any] = await database.read(
        """select state, count(*), coalesce(extract(epoch from now() - min(taken_at)), 0) from sends
        where ended_at is null group by state"""
    )
    return [(row[0], int(row[1]), float(row[2])) for row in rows]


async def templates_unusable(database: Database) -> int:
    """How many templates are marked."""
    return int((await database.read("select count(*) from bad_templates"))[0][0])


async def mark_template(uow: UnitOfWork, name: str, language: str, code: int, title: str | None, now: datetime) -> None:
    """WhatsApp refused this template."""
    await uow.run(
        """insert into bad_templates (name, language, code, title, since) values (:name, :language, :code, :title, :now)
        on conflict (name, language) do update set code = excluded.code, title = excluded.title""",
        name=name,
        language=language,
        code=code,
        title=title,
        now=now,
    )


async def clear_templates(uow: UnitOfWork, templates: Iterable[tuple[str, str]]) -> None:
    """WhatsApp takes these templates."""
    pairs = sorted(set(templates))
    await uow.run(
        """delete from bad_templates b using unnest(cast(:names as text[]), cast(:languages as text[])) as t(name, language)
        where b.name = t.name and b.language = t.language""",
        names=[name for name, _ in pairs],
        languages=[language for _, language in pairs],
    )


async def purge_sends(uow: UnitOfWork, ended_before: datetime, limit: int) -> int:
    """Forget sends that ended before that moment, with their copies. Returns how many."""
    rows = await uow.run(
        """with old as (select intent_id from sends where taken_at < :before and ended_at < :before
            order by taken_at limit :limit for update skip locked),
        copies as (delete from attempts a using old where a.intent_id = old.intent_id)
        delete from sends s using old where s.intent_id = old.intent_id returning 1""",
        before=ended_before,
        limit=limit,
    )
    return len(rows)
