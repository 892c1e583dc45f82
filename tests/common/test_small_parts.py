"""Back-off, trace context, errors: the parts that are one function each."""

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError, UnknownTopicOrPartitionError
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import TimeoutError as PoolTimeout

from inkgate_common import errors, trace
from inkgate_common.backoff import delay_s
from inkgate_common.errors import in_one_line, is_transient

# Back-off.


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True), st.floats(0.001, 10), st.floats(10, 3600))
def test_a_delay_stays_between_half_its_ceiling_and_its_ceiling(
    attempt: int, chance: float, base_s: float, cap_s: float
) -> None:
    ceiling = min(cap_s, base_s * 2.0 ** min(attempt - 1, 30))
    assert ceiling / 2 <= delay_s(attempt, chance, base_s=base_s, cap_s=cap_s) <= ceiling


def test_delays_double_up_to_the_cap() -> None:
    assert [delay_s(n, 0, base_s=1, cap_s=10) for n in range(1, 7)] == [0.5, 1, 2, 4, 5, 5]


def test_chance_spreads_them() -> None:
    assert delay_s(3, 0.0) < delay_s(3, 0.5) < delay_s(3, 0.999)


# Trace.


def test_a_new_trace_is_well_formed_and_its_own() -> None:
    one, other = trace.new(), trace.new()
    assert trace.valid(one) == one and trace.trace_id(one) == one.split("-")[1] != trace.trace_id(other)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "'; drop table leads",
    ],
)
def test_what_is_no_traceparent_is_none(text: str | None) -> None:
    assert trace.valid(text) is None and trace.trace_id(text) is None


# Errors.

TRANSIENT: list[BaseException] = [
    errors.TransientError(),
    ConnectionRefusedError(),
    FileNotFoundError("the socket of a server that is down"),
    TimeoutError(),
    TimeoutError(),
    PoolTimeout(),
    KafkaConnectionError(),
    UnknownTopicOrPartitionError(),
    asyncpg.ConnectionDoesNotExistError(),  # 08
    asyncpg.DeadlockDetectedError(),  # 40
    asyncpg.SerializationError(),
    asyncpg.TooManyConnectionsError(),  # 53
    asyncpg.DiskFullError(),
    asyncpg.AdminShutdownError(),  # 57
    asyncpg.CannotConnectNowError(),
    asyncpg.QueryCanceledError(),
    asyncpg.LockNotAvailableError(),
    asyncpg.ReadOnlySQLTransactionError(),  # a standby, until the client has found the new primary
    asyncpg.InterfaceError("connection is closed"),
]
PERMANENT: list[BaseException] = [
    errors.PermanentError(),
    errors.MalformedEvent(),
    errors.EventTooLarge(),
    errors.SettingsError(),
    ValueError(),
    KeyError(),
    TypeError(),
    RecursionError(),
    asyncpg.UniqueViolationError(),
    asyncpg.CharacterNotInRepertoireError(),
    asyncpg.UntranslatableCharacterError(),
    asyncpg.NumericValueOutOfRangeError(),
    asyncpg.ProgramLimitExceededError(),
    asyncpg.UndefinedTableError(),
    asyncpg.DataError(),
]


@pytest.mark.parametrize("error", TRANSIENT, ids=lambda error: type(error).__name__)
def test_what_goes_away_by_waiting_is_transient(error: BaseException) -> None:
    assert is_transient(error)


@pytest.mark.parametrize("error", PERMANENT, ids=lambda error: type(error).__name__)
def test_what_the_input_is_to_blame_for_is_not(error: BaseException) -> None:
    assert not is_transient(error)


def test_an_error_in_one_line_says_what_it_is_and_nothing_of_the_row_that_was_refused() -> None:
    refused = asyncpg.CheckViolationError('new row for relation "leads" violates check constraint "whole"')
    refused.detail = "Failing row contains (1, a rose for my mother)."
    assert "a rose" in str(refused), "PostgreSQL quotes the row"
    assert in_one_line(refused) == (
        'CheckViolationError: new row for relation "leads" violates check constraint "whole"'
    )
    assert in_one_line(ValueError("it is poisoned")) == "ValueError: it is poisoned"
