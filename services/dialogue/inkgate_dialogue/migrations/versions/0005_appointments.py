"""Appointments: the time that a lead holds or has booked, and the artist's busy times as they were read last."""

from alembic import op

revision = "0005"
down_revision = "0004"

_TABLES = (
    # A lead's state says the same; these rows keep two leads apart. `live` ones exclude each other, whatever their length.
    """create table appointments (
        lead_id uuid primary key, conversation_id uuid not null, token uuid not null unique, state text not null,
        live boolean not null, label text not null, starts_at timestamptz not null, ends_at timestamptz not null,
        busy_until timestamptz not null, sequence integer not null, updated_at timestamptz not null default now(),
        constraint appointments_apart exclude using gist (tstzrange(starts_at, busy_until) with &&) where (live))""",
    "create index appointments_live on appointments (busy_until) where live",
    # `source` names the calendar without telling where it is: its address may be a secret.
    """create table calendar (
        one boolean primary key default true check (one), source text not null default '', busy text not null default '[]',
        read_at timestamptz, tried_at timestamptz, failure text)""",
    "insert into calendar default values",
)


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop table calendar")
    op.execute("drop table appointments")
