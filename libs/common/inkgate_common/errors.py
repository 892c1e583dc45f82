"""Errors that every service shares.

    InkgateError
    ├── TransientError        try the same again later: nothing is wrong with the input
    │   └── Unreachable       PostgreSQL or Kafka does not answer
    │       ├── SignInRefused, CertificateRefused, OtherProtocol, NoSuchDatabase
    │       │                 it does, and does not let us in: somebody must mend a setting, here or there
    ├── PermanentError        the same input will fail the same way
    │   ├── MalformedEvent    a record that is not an event of ours
    │   └── EventTooLarge     an event that Kafka would refuse
    └── SettingsError         a setting is missing or bad; the service does not start

Whether an error is transient is told by its type, never by its words; `is_transient` knows the drivers' types too.
"""

import asyncio
from typing import ClassVar

import asyncpg
from aiokafka.errors import KafkaError
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# SQLSTATE classes of a database that is away, shutting down, out of resources, or that asks for another try
# (PostgreSQL manual, appendix A); 25006 is what a standby says until the primary is found.
_TRANSIENT_SQLSTATES = ("08", "25006", "40", "53", "57", "58", "55P03")


class InkgateError(Exception):
    """The root of our own errors."""


class TransientError(InkgateError):
    """Try again later."""


class Unreachable(TransientError):
    """A server is not to be had. The text says which and where, and the setting to look at; never a secret.

    `refused`: it answers, so that waiting alone will not mend it.
    """

    refused: ClassVar[bool] = False


class SignInRefused(Unreachable):
    """Name, password or mechanism are not what the server has."""

    refused = True


class CertificateRefused(Unreachable):
    """Its certificate is not trusted here, or ours not there."""

    refused = True


class OtherProtocol(Unreachable):
    """One side talks TLS or asks to sign in, and the other does not."""

    refused = True


class NoSuchDatabase(Unreachable):
    """The server has no database of that name, or does not let us make it."""

    refused = True


class PermanentError(InkgateError):
    """Trying again will not help."""


class MalformedEvent(PermanentError):
    """A record whose headers or value are not those of an event."""


class EventTooLarge(PermanentError):
    """An event above the size that every broker accepts."""


class SettingsError(InkgateError):
    """A setting is missing or bad. The text names it and says what would be right."""


def in_one_line(error: BaseException) -> str:
    """Type and text of an error, for logs and headers. PostgreSQL's DETAIL is left out: it quotes the row that was refused,
    which is what somebody wrote (PostgreSQL, 'Error Message Style Guide')."""
    text = str(error.args[0]) if isinstance(error, asyncpg.PostgresError) and error.args else str(error)
    return f"{type(error).__name__}: {text}"


def is_transient(error: BaseException) -> bool:
    """True where the database, the broker or the network is at fault and not the input."""
    if isinstance(error, TransientError | OSError | asyncio.TimeoutError | KafkaError | PoolTimeout | InterfaceError):
        return True
    if isinstance(error, asyncpg.PostgresError):
        # A cached plan that a migration made invalid is prepared anew by the next try.
        invalid = isinstance(error, asyncpg.InvalidCachedStatementError)
        return invalid or (error.sqlstate or "").startswith(_TRANSIENT_SQLSTATES)
    if isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError):
        # The connection is gone or in disorder; asyncpg's DataError among them says that an argument is of no use.
        return not isinstance(error, ValueError)
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        return error.connection_invalidated or state.startswith(_TRANSIENT_SQLSTATES) or not state
    return False
