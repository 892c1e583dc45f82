"""The secret that signs the links in artists' notices: made by the database, so that every replica has the same."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute(
        """alter table service_state add column link_secret text not null
        default gen_random_uuid()::text || gen_random_uuid()::text"""
    )


def downgrade() -> None:
    op.execute("alter table service_state drop column link_secret")
