"""Which copies are the fallback template, and when a send's 24-hour window ends."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Both are known for what comes in from now on; what is under way counts as the body, as it was taken for until now."""
    op.execute("alter table sends add column window_expires_at timestamptz")
    op.execute("alter table attempts add column fallback boolean not null default false")


def downgrade() -> None:
    op.execute("alter table attempts drop column fallback")
    op.execute("alter table sends drop column window_expires_at")
