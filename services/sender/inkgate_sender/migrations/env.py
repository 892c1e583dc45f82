"""Alembic's environment: the connection and the transaction are those of `inkgate_common.migrate`."""

from alembic import context

from inkgate_common.migrate import alembic_env

alembic_env(context)
