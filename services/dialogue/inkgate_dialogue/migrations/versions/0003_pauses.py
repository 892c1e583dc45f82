"""Panic and the sender's holds, with their times: what was no silence of anybody's (JSON; a handful at most)."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("alter table service_state add column pauses text not null default '[]'")


def downgrade() -> None:
    op.execute("alter table service_state drop column pauses")
