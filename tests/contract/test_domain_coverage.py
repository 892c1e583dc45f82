"""Every rule of the domain has a module that decides it and tests that state it (docs/domain-coverage.md)."""

import ast

import pytest

from inkgate.documents import coverage

KNOWN = {rule.id for rules in coverage.SECTIONS.values() for rule in rules}


@pytest.fixture(scope="module")
def covered() -> dict[str, coverage.Found]:
    return coverage.found()


def test_no_cell_of_the_table_is_empty(covered: dict[str, coverage.Found]) -> None:
    assert coverage.empty(covered) == []


def test_no_test_states_a_rule_that_the_table_does_not_know(covered: dict[str, coverage.Found]) -> None:
    stated = {identity for identity, by in covered.items() if by.tests or by.live}
    assert sorted(stated - KNOWN) == []


def test_a_rule_without_tests_or_module_is_seen() -> None:
    cells = coverage.empty({})
    assert "3.7 (budget below the region's minimum → NEEDS_FOLLOW_UP): no module" in cells
    assert any(cell.startswith("3.7 ") and cell.endswith("not shown end to end") for cell in cells)


def test_a_module_names_its_rows_in_its_first_sentence() -> None:
    assert list(coverage.rows_of("DOMAIN §3 rows 8, 9 and 14b: the tour.\n\n§3 row 2 is another one.")) == [
        "3.8", "3.9", "3.14b",
    ]  # fmt: skip
    assert set(coverage.rows_of("DOMAIN §3 rows 23 to 25, §5: the artist.")) == {"3.23", "3.24", "3.25"}


def test_a_test_states_what_its_module_and_its_own_marker_say() -> None:
    source = (
        "pytestmark = [pytest.mark.live, pytest.mark.domain('3.1')]\n"
        "@pytest.mark.domain('3.2', '3.3')\n"
        "async def test_it(): ...\n"
        "def helper(): ...\n"
    )
    assert list(coverage.marked(ast.parse(source))) == [("3.1", "test_it"), ("3.2", "test_it"), ("3.3", "test_it")]
