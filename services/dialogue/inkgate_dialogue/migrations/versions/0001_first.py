"""The first schema of dialogue."""

from alembic import op

from inkgate_common.migrate import COMMON_TABLES_V1

revision = "0001"
down_revision = None

_TABLES = (
    # `state` is the aggregate as the core knows it (JSON); the columns beside it are what queries need.
    """create table conversations (
        id uuid primary key, phone_number_id text not null default '', phone text, lead_id uuid,
        mailbox integer not null default 0, parked text, gated boolean not null default false,
        state text not null default '',
        updated_at timestamptz not null default now()) with (fillfactor = 70)""",
    "create index conversations_waiting on conversations (id) where mailbox > 0",
    "create index conversations_gated on conversations (updated_at) where gated",
    """create table leads (
        id uuid primary key, conversation_id uuid not null, phone text, status text not null, flags text[] not null,
        version integer not null, state text not null, created_at timestamptz not null,
        updated_at timestamptz not null) with (fillfactor = 70)""",
    "create index leads_phone on leads (phone, created_at desc)",
    "create index leads_created on leads (created_at desc, id desc)",
    "create index leads_status on leads (status, created_at desc, id desc)",
    "create index leads_flagged on leads using gin (flags) where flags <> '{}'",
    "create index leads_conversation on leads (conversation_id)",
    """create table mailbox (
        id uuid primary key, conversation_id uuid not null, written_at timestamptz not null,
        out_of_order boolean not null default false, headers text not null, value bytea not null,
        arrived_at timestamptz not null default now())""",
    "create index mailbox_conversation on mailbox (conversation_id)",
    """create table early_deliveries (
        id uuid primary key, intent_id uuid not null, conversation_id uuid not null, headers text not null,
        value bytea not null)""",
    "create index early_deliveries_conversation on early_deliveries (conversation_id)",
    """create table timeline (
        position bigint generated always as identity primary key, conversation_id uuid not null, lead_id uuid,
        at timestamptz not null, kind text not null, version integer, intent_id uuid, data text not null)""",
    "create index timeline_lead on timeline (lead_id, position)",
    "create index timeline_conversation on timeline (conversation_id, position)",
    "create index timeline_at on timeline using brin (at)",
    """create table timers (
        conversation_id uuid not null, timer text not null, lead_id uuid, due_at timestamptz not null,
        primary key (conversation_id, timer))""",
    "create index timers_due on timers (due_at)",
    """create table actions (
        id uuid primary key, lead_id uuid not null, action text not null, arguments text not null, by text not null,
        state text not null default 'waiting', intent_id uuid, reason text, allowed text[] not null default '{}',
        idempotency_key text, created_at timestamptz not null default now(), done_at timestamptz)""",
    "create unique index actions_idempotency on actions (lead_id, idempotency_key) where idempotency_key is not null",
    """create table service_state (
        one boolean primary key default true check (one), epoch integer not null default 1,
        fingerprint text not null default '', panic boolean not null default false, pilot boolean not null default false)""",
    "insert into service_state default values",
)


def upgrade() -> None:
    for statement in (*COMMON_TABLES_V1, *_TABLES):
        op.execute(statement)


def downgrade() -> None:
    for table in (
        "service_state",
        "actions",
        "timers",
        "timeline",
        "early_deliveries",
        "mailbox",
        "leads",
        "conversations",
    ):
        op.execute(f"drop table {table}")
    for table in ("positions", "held", "streams", "inbox", "outbox"):
        op.execute(f"drop table {table}")
