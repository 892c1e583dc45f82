"""The first schema.

`sends` holds one row an intent, `attempts` one row a copy that was called or heard of. What is personal (`payload`: address
and words; `attempts.wamid`: it encodes the phone number) is there only while a send is open; statuses that come later are
matched by `intent_id` and attempt, or by `wamid_hash`. An ended send is kept for 14 days.
"""

from alembic import op

from inkgate_common.migrate import COMMON_TABLES_V1

revision = "0001"
down_revision = None

TABLES = (
    # `sequence`: the last number taken on topic `deliveries`.
    "create table conversations (id uuid primary key, sequence bigint not null) with (fillfactor = 70)",
    """create table sends (
        intent_id uuid primary key, conversation_id uuid not null, sequence bigint not null, queue text not null,
        phone_number_id text not null, lead_id uuid, traceparent text, confirmation boolean not null default false,
        has_fallback boolean not null default false, payload bytea,
        state text not null, attempt integer not null default 0, owner uuid, began_at timestamptz,
        due_at timestamptz not null, strikes integer not null default 0, strikes_since timestamptz,
        pair_strikes integer not null default 0, fallback_used boolean not null default false,
        later_used boolean not null default false, aside boolean not null default false,
        suspect boolean not null default false, late_failed boolean not null default false, cancelled text,
        clock_at double precision, code text, taken_at timestamptz not null, ended_at timestamptz)""",
    # Which lanes are busy, and who is first in them.
    "create index sends_open on sends (conversation_id, queue, sequence) where ended_at is null",
    # The guard: whatever the processes believe, no lane has two calls at once. What is uncertain and will not be repeated
    # holds up nobody (the confirmation of an opt-out goes at once).
    """create unique index sends_in_flight on sends (conversation_id, queue)
        where state = 'sending' or (state = 'uncertain' and cancelled is null)""",
    "create index sends_due on sends (phone_number_id, queue, due_at) where state = 'waiting'",
    "create index sends_timers on sends (due_at) where state in ('uncertain', 'accepted')",
    "create index sends_taken_at on sends using brin (taken_at)",
    """create table attempts (
        intent_id uuid not null, attempt integer not null, outcome text not null, rank smallint not null default 0,
        failed boolean not null default false, code integer, wamid text, wamid_hash bigint, began_at timestamptz,
        accepted_at timestamptz, primary key (intent_id, attempt)) with (fillfactor = 70)""",
    "create index attempts_wamid on attempts (wamid_hash)",
    # Statuses of intents that this database does not know: it was restored, and will read the intents again.
    """create table orphan_receipts (
        intent_id uuid not null, attempt integer, status text not null, wamid text not null, at timestamptz not null,
        errors text not null, conversation_id uuid, seen_at timestamptz not null,
        primary key (intent_id, wamid, status))""",
    "create index orphan_receipts_seen_at on orphan_receipts (seen_at)",
    # Every phone number id that sends were taken for, and whether it is held.
    """create table numbers (
        phone_number_id text primary key, hold_scope text, hold_code integer, hold_title text, held_at timestamptz,
        probed_at timestamptz)""",
    # The running processes. `caught_up` of `partitions` of topic receipts were read to the end lately.
    """create table workers (
        id uuid primary key, seen_at timestamptz not null, caught_up integer not null default 0,
        partitions integer not null default 0)""",
    # Seconds during which all receipts were read to the end: what an uncertain send waits by.
    """create table receipts_clock (
        single boolean primary key default true check (single), seconds double precision not null default 0,
        ticked_at timestamptz not null default now())""",
    "insert into receipts_clock default values",
    """create table bad_templates (
        name text not null, language text not null, code integer not null, title text, since timestamptz not null,
        primary key (name, language))""",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in (*COMMON_TABLES_V1, *TABLES):
        op.execute(statement)


def downgrade() -> None:
    """Drop them all."""
    own = (
        "bad_templates",
        "receipts_clock",
        "workers",
        "numbers",
        "orphan_receipts",
        "attempts",
        "sends",
        "conversations",
    )
    for table in (*own, "positions", "held", "streams", "inbox", "outbox"):
        op.execute(f"drop table {table}")
