"""The unit of work on real PostgreSQL: named parameters, rows, commits, and connections that break."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from inkgate_common.db import Database, positional, together
from inkgate_common.errors import is_transient
from tests.servers import LiveServers


def test_each_name_becomes_one_number_and_casts_stay() -> None:
    statement = "select :a, cast(:b as uuid[]), x::text, ':c', :a"
    numbered, names = positional(statement.replace("':c', ", ""))
    assert numbered == "select $1, cast($2 as uuid[]), x::text, $1"
    assert names == ("a", "b")


def test_statements_that_go_together_keep_their_own_parameters() -> None:
    whole, order = together(
        ("insert into t values (:a, :b)", "update u set x = :b", "delete from v where y = :a and z = :a")
    )
    first, second = "w0 as (insert into t values ($1, $2))", "w1 as (update u set x = $3)"
    assert whole == f"with {first}, {second} delete from v where y = $4 and z = $4"
    assert order == ((0, "a"), (0, "b"), (1, "b"), (2, "a"))


def test_a_statement_with_a_with_of_its_own_cannot_go_with_others() -> None:
    with pytest.raises(ValueError, match="WITH"):
        together(("with x as (select 1) insert into t select * from x", "delete from t"))


@pytest.fixture
async def database(servers: LiveServers) -> AsyncIterator[Database]:
    database = Database(servers.database_url, pool_size=2)
    yield database
    await database.close()


@pytest.mark.live
async def test_a_row_gives_its_columns_by_name_and_by_position(database: Database) -> None:
    row = (await database.read("select :n + 1 as n, cast(:ids as uuid[]) as ids", n=1, ids=[uuid4()]))[0]
    assert row.n == 2 and row[0] == 2 and len(row.ids) == 1
    n, ids = row
    assert (n, ids) == (2, row.ids)
    with pytest.raises(AttributeError, match="missing"):
        _ = row.missing


@pytest.mark.live
async def test_what_raises_is_rolled_back_and_what_ends_is_committed(database: Database) -> None:
    table = f"t{uuid4().hex}"
    async with database.transaction() as uow:
        assert list(await uow.run(f"create table {table} (n integer)")) == []
    done = []
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as uow:
            await uow.run(f"insert into {table} values (:n)", n=1)
            uow.after_commit(lambda: done.append("no"))
            raise ZeroDivisionError
    async with database.transaction() as uow:
        await uow.run(f"insert into {table} values (:n)", n=2)
        uow.after_commit(lambda: done.append("yes"))
    rows = await database.read(f"select n from {table}")
    assert [row.n for row in rows] == [2]
    assert done == ["yes"]
    await database.read(f"drop table {table}")


@pytest.mark.live
async def test_what_is_put_off_is_written_by_the_commit_or_by_a_flush(database: Database) -> None:
    table = f"t{uuid4().hex}"
    async with database.transaction() as uow:
        await uow.run(f"create table {table} (n integer)")
    async with database.transaction() as uow:
        uow.later(f"insert into {table} values (:n)", n=1)
        assert not await uow.run(f"select n from {table}")
        await uow.flush()
        assert [row.n for row in await uow.run(f"select n from {table}")] == [1]
        uow.later(f"delete from {table} where n = :n", n=1)
        uow.later(f"insert into {table} select unnest(cast(:numbers as integer[]))", numbers=[2, 3])
    assert sorted(row.n for row in await database.read(f"select n from {table}")) == [2, 3]
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as uow:
            uow.later(f"insert into {table} values (:n)", n=4)
            raise ZeroDivisionError
    assert sorted(row.n for row in await database.read(f"select n from {table}")) == [2, 3]
    await database.read(f"drop table {table}")


@pytest.mark.live
async def test_a_parameter_too_many_is_refused(database: Database) -> None:
    with pytest.raises(TypeError, match="other"):
        await database.read("select :n + 1", n=1, other=2)


@pytest.mark.live
async def test_connections_that_the_server_closed_are_replaced(database: Database, servers: LiveServers) -> None:
    pid = (await database.read("select pg_backend_pid() as pid"))[0].pid
    other = Database(servers.database_url, pool_size=1)
    await other.read("select pg_terminate_backend(:pid)", pid=pid)
    async with asyncio.timeout(10):
        while (await other.read("select count(*) as n from pg_stat_activity where pid = :pid", pid=pid))[0].n:
            await asyncio.sleep(0.01)  # the backend ends when it ends
    # What the server said last may not be read yet: that is a passing fault, and the next try has a new connection.
    try:
        found = (await database.read("select pg_backend_pid() as pid"))[0].pid
    except Exception as error:
        assert is_transient(error)
        found = (await database.read("select pg_backend_pid() as pid"))[0].pid
    assert found != pid
    await other.close()


@pytest.mark.live
async def test_a_connection_that_breaks_in_a_transaction_is_a_passing_fault(database: Database) -> None:
    with pytest.raises(Exception) as caught:  # which one it is depends on what the socket says first
        async with database.transaction() as uow:
            await uow.run("select pg_terminate_backend(pg_backend_pid())")
            await uow.run("select 1")
    assert is_transient(caught.value)
    assert (await database.read("select 1 as one"))[0].one == 1


@pytest.mark.live
@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        ("select cast(:text as text)", {"text": "nul\x00"}),
        ("select cast(:text as text)", {"text": "\ud800"}),
        ("select cast(:text as integer)", {"text": "word"}),
        ("select nothing from nowhere", {}),
    ],
)
async def test_an_argument_or_statement_of_no_use_is_not_a_passing_fault(
    database: Database, statement: str, parameters: dict[str, str]
) -> None:
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)) as caught:
        await database.read(statement, **parameters)
    assert not is_transient(caught.value)


@pytest.mark.live
async def test_an_advisory_lock_is_held_by_one(database: Database) -> None:
    name = uuid4().hex
    async with database.advisory_lock(name) as mine, database.advisory_lock(name) as theirs:
        assert (mine, theirs) == (True, False)
    async with database.advisory_lock(name) as again:
        assert again
