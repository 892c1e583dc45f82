"""The first schema.

Everything that holds money (deposits, payments, refunds, disputes) is kept as the law asks of accounts.
`conversation_id` and `url` are the only links to a person; an erasure empties them. `stripe_events` remembers what Stripe
said for 30 days, longer than it repeats itself.
"""

from alembic import op

from inkgate_common.migrate import COMMON_TABLES_V1

revision = "0001"
down_revision = None

TABLES = (
    """create table deposits (
        id uuid primary key, lead_id uuid not null, conversation_id uuid, status text not null,
        amount_pence bigint, currency text, expires_at timestamptz, session text unique, url text, livemode boolean,
        pending_intent text, erased boolean not null default false, traceparent text,
        created_at timestamptz not null default now(), updated_at timestamptz not null default now()
    ) with (fillfactor = 80)""",
    "create index deposits_conversation on deposits (conversation_id) where conversation_id is not null",
    "create index deposits_lead on deposits (lead_id)",
    "create index deposits_pending_intent on deposits (pending_intent) where pending_intent is not null",
    """create table payments (
        reference text primary key, deposit_id uuid not null references deposits, session text,
        amount_pence bigint not null, currency text not null, paid_at timestamptz not null, second boolean not null,
        after_expiry boolean not null, mismatch text, refunded_pence bigint not null default 0,
        refund_failed_at timestamptz, stripe_event_id text not null, recorded_at timestamptz not null default now()
    ) with (fillfactor = 80)""",
    "create index payments_deposit on payments (deposit_id)",
    """create table refunds (
        id text primary key, deposit_id uuid not null references deposits, reference text not null,
        amount_pence bigint not null, state text not null, recorded_at timestamptz not null default now())""",
    "create index refunds_deposit on refunds (deposit_id)",
    """create table disputes (
        id text primary key, deposit_id uuid not null references deposits, reference text not null,
        amount_pence bigint not null, currency text not null, at timestamptz not null,
        recorded_at timestamptz not null default now())""",
    "create index disputes_deposit on disputes (deposit_id)",
    """create table calls (
        id uuid primary key, kind text not null, deposit_id uuid not null references deposits, command_id uuid not null,
        reference text not null, parameters text not null, state text not null default 'waiting',
        next_try_at timestamptz not null, deadline timestamptz not null, tries integer not null default 0,
        key_number integer not null default 1, first_tried_at timestamptz, look_up boolean not null default false,
        owner uuid, claimed_until timestamptz, last_code text, created_at timestamptz not null default now(),
        ended_at timestamptz
    ) with (fillfactor = 70)""",
    "create index calls_waiting on calls (next_try_at) where state = 'waiting'",
    "create index calls_deposit on calls (deposit_id)",
    """create table stripe_events (
        id text primary key, type text not null, effect text[] not null default '{}', note text not null default '',
        deposit_id uuid, seen_at timestamptz not null default now())""",
    "create index stripe_events_seen_at on stripe_events using brin (seen_at)",
    """create table parked (
        event_id text primary key, payment_intent text not null, fact text not null, at timestamptz not null,
        parked_at timestamptz not null default now())""",
    "create index parked_payment_intent on parked (payment_intent)",
    "create index parked_parked_at on parked (parked_at)",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in (*COMMON_TABLES_V1, *TABLES):
        op.execute(statement)


def downgrade() -> None:
    """Drop them all."""
    own = ("parked", "stripe_events", "calls", "disputes", "refunds", "payments", "deposits")
    for table in (*own, "positions", "held", "streams", "inbox", "outbox"):
        op.execute(f"drop table {table}")
