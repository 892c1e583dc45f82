"""A rule that cannot fail proves nothing: each is shown a healthy history, and one that is spoiled in its own way."""

import pytest

from inkgate.invariants.report import RULES, Report
from tests.invariants.history import healthy, words


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__module__.rpartition(".")[2])
def test_a_healthy_history_breaks_no_rule(rule: object) -> None:
    finding = rule(healthy().snapshot())  # type: ignore[operator]
    assert not finding.violations, words(finding)


def test_a_report_says_which_rules_had_nothing_to_examine() -> None:
    report = Report([rule(healthy().snapshot()) for rule in RULES], [], [])
    assert report.holds
    assert report.lines()[-1].startswith("nothing to examine for rule 5, 6:")


def test_a_report_does_not_hold_while_something_is_under_way() -> None:
    assert not Report([], ["sender: 1 messages under way"], []).holds
