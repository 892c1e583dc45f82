"""Alembic's entry; everything is in the common library."""

from alembic import context

from inkgate_common.migrate import alembic_env

alembic_env(context)
