"""Which studio was announced last, so that replicas announce a changed one once."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("alter table service_state add column studio text not null default ''")


def downgrade() -> None:
    op.execute("alter table service_state drop column studio")
