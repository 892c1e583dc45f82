"""Alembic's door; the transaction is `inkgate_common.migrate`'s."""

from alembic import context

from inkgate_common.migrate import alembic_env

alembic_env(context)
