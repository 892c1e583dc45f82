"""The first schema."""

from alembic import op

from inkgate_common.migrate import COMMON_TABLES_V1

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    # Ids of 16 bytes: see domain/items.py. Purged by age; the second index keeps that cheap however large it grows.
    """create table seen (
        key bytea primary key, seen_at timestamptz not null default now()
    ) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1)""",
    "create index seen_seen_at on seen (seen_at)",
    # `position` is the newest sequence taken. A closed or erased row stays, so that its numbers are never taken twice.
    """create table conversations (
        id uuid primary key, position bigint not null default 0, closed_into uuid, erased boolean not null default false,
        say_opted_out boolean not null default false, created_at timestamptz not null default now()
    ) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05)""",
    # Whom an identifier (its HMAC) means. `since` is when the conversation began: the older one takes over.
    """create table aliases (
        identifier bytea primary key, conversation_id uuid not null, since timestamptz not null default now(),
        artist boolean not null default false, superseded boolean not null default false)""",
    "create index aliases_conversation on aliases (conversation_id)",
    # What an erase leaves of an identifier (its HMAC).
    """create table erased (
        identifier bytea primary key, conversation_id uuid not null, epoch integer not null, opted_out boolean not null,
        erased_at timestamptz not null default now())""",
    "create index erased_conversation on erased (conversation_id)",
    """create table unhandled (
        key bytea primary key, reason text not null, phone_number_id text, excerpt text not null,
        times integer not null default 1, seen_at timestamptz not null default now())""",
    "create index unhandled_seen_at on unhandled (seen_at)",
)


def upgrade() -> None:
    for statement in (*COMMON_TABLES_V1, *_TABLES):
        op.execute(statement)


def downgrade() -> None:
    for table in ("unhandled", "erased", "aliases", "conversations", "seen"):
        op.execute(f"drop table {table}")
    for table in ("positions", "held", "streams", "inbox", "outbox"):
        op.execute(f"drop table {table}")
