"""What no schema can say about the chart's objects: one function a rule, each with the reason in its docstring.

A rule takes all objects of one rendering and gives one line for each thing that is wrong.
tests/deploy/test_chart_rules.py shows of each that it sees what it is for.
"""

from collections.abc import Callable, Iterator

from tests.deploy.helm import Objects
from tests.deploy.rules import hooks, pods, scaling, settings, wiring

Rule = Callable[[Objects], Iterator[str]]

RULES: tuple[Rule, ...] = (
    pods.restricted,
    pods.read_only,
    pods.no_token,
    pods.has_resources,
    pods.probes_differ,
    pods.stops_gracefully,
    pods.image_is_pinned,
    pods.keeps_serving,
    pods.is_spread,
    settings.service_starts,
    settings.studio_is_right,
    settings.settings_exist,
    settings.no_secret_in_clear,
    settings.secrets_are_a_services_own,
    wiring.selectors_match,
    wiring.ports_match,
    wiring.eviction_is_possible,
    wiring.network_is_closed,
    wiring.network_is_open_enough,
    wiring.nothing_inside_is_routed,
    wiring.routes_exist,
    wiring.bodies_fit,
    wiring.monitor_finds_services,
    wiring.monitor_keeps_our_labels,
    scaling.target_exists,
    scaling.one_says_how_many,
    scaling.no_pod_is_idle,
    scaling.reads_what_waits,
    scaling.metrics_exist,
    hooks.migrates_every_service,
    hooks.can_run_first,
    hooks.can_run_again,
)


def problems(objects: Objects) -> list[str]:
    """What is wrong, by all rules."""
    return [f"{rule.__name__}: {problem}" for rule in RULES for problem in rule(objects)]
