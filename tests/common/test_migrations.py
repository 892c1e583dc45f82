"""What a migration may do, so that the version before it works on beside it: while a new version is rolled out, and after it
was rolled back (docs/operate.md, 'Upgrade and roll back').

Expand only: new tables, new columns that an older `insert` need not name, new indexes built beside the work. What takes
something away, renames, narrows or rewrites belongs to a later release, when no version that knows the old shape is left,
and is listed here with its reason.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from inkgate.local.environment import SERVICES
from inkgate_common.migrate import indexes

ROOT = Path(__file__).parents[2]

# (service, revision) → a part of the statement → why it breaks nothing.
EXCEPTIONS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("dialogue", "0004"): {
        "add column link_secret": "a default that is computed rewrites the table, and service_state has one row"
    },
}

_CONSTANT = r"(?:'[^']*'|-?\d+(?:\.\d+)?|true|false|null|now\(\)|current_timestamp)(?:::\w+(?:\[\])?)?"
_TYPE = r"[a-z_]+(?: with time zone| precision)?(?:\(\d+(?:,\s*\d+)?\))?(?:\[\])?"
_COLUMN = rf"add column (?:if not exists )?\w+ {_TYPE}(?: null)?(?: not null default {_CONSTANT}| default {_CONSTANT})?"
_SAFE = (
    re.compile(rf"alter table (?:only )?\w+ {_COLUMN}(?:, {_COLUMN})*"),
    re.compile(r"alter table (?:only )?\w+ (?:re)?set \([^)]*\)"),
    re.compile(r"comment on .*"),
)
_NEW_TABLE = re.compile(r"create (?:unlogged )?table (?:if not exists )?(\w+) ?\(.*")
_ON_TABLE = re.compile(r"(?:create (?:unique )?index (?:\w+ )?on|insert into|alter table) (\w+)\b.*")
_INDEX = re.compile(r"on (?:only )?\w+ .*")


@dataclass(frozen=True)
class Migration:
    """One revision of a service and the statements that it runs, in one line each."""

    service: str
    revision: str
    statements: tuple[str, ...]


class _Recorded(list[str]):
    """What Alembic writes its SQL to where it runs none."""

    def write(self, text: str) -> None:
        self.append(text)

    def flush(self) -> None: ...


def statements(module: ModuleType) -> tuple[str, ...]:
    """What a migration would run."""
    written = _Recorded()
    context = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written})
    with Operations.context(context):
        module.upgrade()
    parts = [" ".join(part.split()).lower() for part in "".join(written).split(";\n")]
    return tuple(part for part in parts if part)


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def migrations() -> Iterator[Migration]:
    """All but the first of each service: before it there is nothing to be broken."""
    for service in SERVICES:
        for path in sorted((ROOT / f"services/{service}/inkgate_{service}/migrations/versions").glob("*.py")):
            module = load(path)
            if module.down_revision is not None:
                yield Migration(service, module.revision, statements(module))


def refused(found: tuple[str, ...]) -> list[str]:
    """The statements that an older version at work may not survive, or that hold it up."""
    new = {match[1] for statement in found if (match := _NEW_TABLE.fullmatch(statement))}
    return [
        statement
        for statement in found
        if not _NEW_TABLE.fullmatch(statement)
        and not any(safe.fullmatch(statement) for safe in _SAFE)
        and not ((match := _ON_TABLE.fullmatch(statement)) and match[1] in new)
    ]


@pytest.mark.parametrize("migration", list(migrations()), ids=lambda one: f"{one.service}-{one.revision}")
def test_a_migration_leaves_the_version_before_it_at_work(migration: Migration) -> None:
    allowed = EXCEPTIONS.get((migration.service, migration.revision), {})
    found = [one for one in refused(migration.statements) if not any(part in one for part in allowed)]
    assert not found, f"{migration.service} {migration.revision}: see the docstring of {__name__}"
    used = [part for part in allowed if any(part in one for one in refused(migration.statements))]
    assert used == list(allowed), "an exception that is not needed"


def test_every_exception_belongs_to_a_migration() -> None:
    assert set(EXCEPTIONS) <= {(one.service, one.revision) for one in migrations()}


@pytest.mark.parametrize("service", SERVICES)
def test_the_revisions_are_numbered_and_their_indexes_are_built_beside_the_work(service: str) -> None:
    folder = ROOT / f"services/{service}/inkgate_{service}/migrations"
    modules = [load(path) for path in sorted((folder / "versions").glob("*.py"))]
    assert [module.revision for module in modules] == [f"{n:04}" for n in range(1, len(modules) + 1)]
    assert [module.down_revision for module in modules] == [None, *(module.revision for module in modules[:-1])]
    assert all(re.fullmatch(r"\w+", name) and _INDEX.fullmatch(what) for name, what in indexes(folder).items())


BREAKS = {
    "takes a column away": "alter table leads drop column phone",
    "takes a table away": "drop table timers",
    "renames a column": "alter table leads rename column phone to number",
    "renames a table": "alter table leads rename to enquiries",
    "asks for what an older insert does not name": "alter table leads add column city text not null",
    "rewrites the table": "alter table leads add column token uuid not null default gen_random_uuid()",
    "changes a type": "alter table leads alter column version type bigint",
    "narrows": "alter table leads alter column phone set not null",
    "checks every row": "alter table leads add constraint phone_is_digits check (phone ~ '^[0-9]+$')",
    "locks writers out while it builds": "create index leads_city on leads (city)",
    "locks every row": "update leads set flags = '{}'",
    "takes rows away": "delete from timers",
    "hides one behind a harmless one": "alter table leads add column city text, drop column phone",
}
HOLDS = (
    "alter table leads add column city text",
    "alter table leads add column city text not null default ''",
    "alter table leads add column seen_at timestamptz, add column times integer not null default 0",
    "create table visits (lead_id uuid primary key)",
    "create index visits_lead on visits (lead_id)",
    "insert into visits default values",
    "alter table leads set (fillfactor = 70)",
)


@pytest.mark.parametrize("statement", BREAKS.values(), ids=BREAKS.keys())
def test_what_breaks_or_holds_up_an_older_version_is_refused(statement: str) -> None:
    assert refused((*HOLDS, statement)) == [statement]


def test_what_expands_is_let_through() -> None:
    assert refused(HOLDS) == []
