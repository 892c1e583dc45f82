"""Countries and their times."""

from datetime import UTC, datetime

from inkgate_dialogue.domain import zones

JANUARY = datetime(2026, 1, 5, tzinfo=UTC)


def test_a_country_has_the_zones_whose_clocks_differ() -> None:
    assert [str(zone) for zone in zones.of_country("GB", JANUARY)] == ["Europe/London"]
    assert len(zones.of_country("ES", JANUARY)) == 2  # the mainland, and the Canary Islands
    assert len(zones.of_country("US", JANUARY)) == 6


def test_a_country_that_is_not_known_has_none() -> None:
    assert zones.of_country("??", JANUARY) == ()
