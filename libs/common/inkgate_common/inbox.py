"""The inbox: every event once, and each conversation's numbered events in order.

`seen` drops ids that were handled. `Resequencer` takes sequence n + 1 next and holds what comes early in a table until its
predecessor is there. A number at or below the position with an unknown id comes from a restored producer: it is judged as
new and marked (DESIGN §3).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from inkgate_common import metrics
from inkgate_common.cloudevents import Event, as_record, decode
from inkgate_common.db import UnitOfWork
from inkgate_common.ids import in_order

StreamKey = tuple[str, str]


@dataclass
class Stream:
    """How far one conversation's events on one topic were taken."""

    position: int = 0
    held: list[Event] = field(default_factory=list)
    new: bool = True


def resequence(position: int, events: Iterable[Event]) -> tuple[list[Event], int, list[Event]]:
    """Split events of one stream into those to judge now (in order), the new position, and those to hold.

    Pure. Each event has a `sequence` and an id that was not handled before.
    """
    ready: list[Event] = []
    hold: list[Event] = []
    for event in sorted(events, key=lambda e: e.sequence or 0):
        number = event.sequence or 0
        if number <= position:
            ready.append(msgspec.structs.replace(event, restored=True))
        elif number == position + 1:
            ready.append(event)
            position = number
        else:
            hold.append(event)
    return ready, position, hold


async def admit(uow: UnitOfWork, events: Sequence[Event], replayed: set[UUID]) -> list[Event]:
    """The events that were not handled before, each id once, in the order given. Records them as handled.

    `replayed` are ids that an operator sent again from a dead-letter topic: their `dead` row is reopened.
    """
    unique = {event.id: event for event in events}
    ids = sorted(unique, key=in_order)
    rows = await uow.run(
        """insert into inbox (id) select unnest(cast(:ids as uuid[])) on conflict (id) do update set state = 'done'
        where inbox.state = 'dead' and inbox.id = any(cast(:replayed as uuid[])) returning id""",
        ids=ids,
        replayed=sorted(replayed),
    )
    fresh = {row.id for row in rows}
    for event in unique.values():
        if event.id not in fresh:
            metrics.DUPLICATES.labels(event.topic).inc()
    return [event for event in unique.values() if event.id in fresh]


async def streams(uow: UnitOfWork, keys: Iterable[StreamKey]) -> dict[StreamKey, Stream]:
    """The positions of these streams, locked, with the events they hold."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    found = {key: Stream() for key in wanted}
    rows = await uow.run(
        """select s.topic, s.key, s.position, s.held from streams s
        join unnest(cast(:topics as text[]), cast(:keys as text[])) w(topic, key) on s.topic = w.topic and s.key = w.key
        order by s.topic, s.key for update of s""",
        topics=[topic for topic, _ in wanted],
        keys=[key for _, key in wanted],
    )
    holding: list[StreamKey] = []
    for row in rows:
        found[(row.topic, row.key)] = Stream(position=row.position, new=False)
        if row.held:
            holding.append((row.topic, row.key))
    if holding:
        for row in await uow.run(
            """select h.topic, h.key, h.headers, h.value from held h
            join unnest(cast(:topics as text[]), cast(:keys as text[])) w(topic, key)
            on h.topic = w.topic and h.key = w.key order by h.id""",
            topics=[topic for topic, _ in holding],
            keys=[key for _, key in holding],
        ):
            event = decode(msgspec.json.decode(row.headers, type=list[tuple[str, str]]), row.value)
            if event is not None:
                found[(row.topic, row.key)].held.append(event)
    return found


async def store_streams(
    uow: UnitOfWork, before: dict[StreamKey, Stream], after: dict[StreamKey, tuple[int, list[Event]]]
) -> None:
    """Write positions, and what is newly held or held no longer."""
    keys = sorted(after)
    if keys:
        columns = {
            "topics": [topic for topic, _ in keys],
            "keys": [key for _, key in keys],
            "positions": [after[key][0] for key in keys],
            # What came and went, not how many there are: of two processes that meet on a new stream neither has its row
            # locked, and both may hold something.
            "held": [len(after[key][1]) - len(before[key].held) for key in keys],
        }
        uow.later(
            """insert into streams (topic, key, position, held) select * from unnest(cast(:topics as text[]),
                cast(:keys as text[]), cast(:positions as bigint[]), cast(:held as integer[]))
            on conflict (topic, key) do update set
                position = greatest(streams.position, excluded.position), held = streams.held + excluded.held""",
            **columns,
        )
    was = {event.id for stream in before.values() for event in stream.held}
    now = {event.id: (key, event) for key, (_, held) in after.items() for event in held}
    # What still waits where the position moved waits for another event: that is a gap, and an alarm, of its own.
    moved = [key for key in keys if before[key].held and after[key][1] and after[key][0] > before[key].position]
    if moved:
        await uow.run(
            """update held set alarmed = false from unnest(cast(:topics as text[]), cast(:keys as text[])) w(topic, key)
            where held.topic = w.topic and held.key = w.key and held.alarmed""",
            topics=[topic for topic, _ in moved],
            keys=[key for _, key in moved],
        )
    released = sorted(was - now.keys())
    if released:
        await uow.run("delete from held where id = any(cast(:ids as uuid[]))", ids=released)
    fresh = [(key, event) for identity, (key, event) in sorted(now.items()) if identity not in was]
    if fresh:
        records = [as_record(event, key[0]) for key, event in fresh]
        await uow.run(
            """insert into held (id, topic, key, sequence, headers, value) select * from unnest(cast(:ids as uuid[]),
                cast(:topics as text[]), cast(:keys as text[]), cast(:sequences as bigint[]), cast(:headers as text[]),
                cast(:values as bytea[])) on conflict (id) do nothing""",
            ids=[event.id for _, event in fresh],
            topics=[key[0] for key, _ in fresh],
            keys=[key[1] for key, _ in fresh],
            sequences=[event.sequence for _, event in fresh],
            headers=[msgspec.json.encode(record.headers).decode() for record in records],
            values=[record.value for record in records],
        )


async def skip_gaps(uow: UnitOfWork, key: str) -> None:
    """Give up waiting for what is missing on this conversation's streams: what is held comes next."""
    await uow.flush()
    await uow.run(
        """update streams set position = greatest(position, h.first - 1) from (
            select topic, key, min(sequence) as first from held where key = :key group by topic, key) h
        where streams.topic = h.topic and streams.key = h.key""",
        key=key,
    )


async def late_streams(uow: UnitOfWork, age_s: float) -> list[StreamKey]:
    """Streams whose next event has been missing for so long, and nobody was told yet."""
    rows = await uow.run(
        """select h.topic, h.key from held h join streams s on s.topic = h.topic and s.key = h.key
        group by h.topic, h.key, s.position having not bool_or(h.alarmed) and min(h.sequence) > s.position + 1
            and min(h.held_at) < now() - make_interval(secs => :age_s) order by 1, 2 limit 100""",
        age_s=age_s,
    )
    return [(row.topic, row.key) for row in rows]


async def mark_alarmed(uow: UnitOfWork, key: StreamKey) -> bool:
    """Note that the handler is told of this stream's gap. False where another replica did, or where the gap has closed."""
    stream = (await streams(uow, [key]))[key]
    if not stream.held or min(event.sequence or 0 for event in stream.held) <= stream.position + 1:
        return False
    rows = await uow.run(
        """update held set alarmed = true where topic = :topic and key = :key
            and not exists (select from held a where a.topic = :topic and a.key = :key and a.alarmed) returning 1""",
        topic=key[0],
        key=key[1],
    )
    return bool(rows)


async def due_streams(uow: UnitOfWork) -> list[StreamKey]:
    """Streams that hold an event whose turn has come."""
    rows = await uow.run(
        """select distinct h.topic, h.key from held h join streams s on s.topic = h.topic and s.key = h.key
        where h.sequence <= s.position + 1 order by 1, 2 limit 100"""
    )
    return [(row.topic, row.key) for row in rows]
