"""Size categories, days and deposits (DOMAIN §5)."""

from typing import Any

import pytest
from msgspec.structs import replace

from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.rules.estimate import category, deposit_pence, price_range, xl_days
from tests.builders.conversations import NOON
from tests.builders.leads import STUDIO
from tests.dialogue.language import a_lead_at


def a_piece(
    width: float | None = None,
    height: float = 10,
    *,
    complexity: int = 1,
    coverup: bool = False,
    placement: str = "forearm",
    **more: Any,
) -> Lead:
    values: dict[str, Any] = {"complexity": complexity, "coverup": coverup}
    if width is not None:
        values["dimensions"] = {"width_cm": width, "height_cm": height}
    base = a_lead_at("idea").lead
    return Lead(
        id=base.id, conversation_id=base.id, created_at=NOON, updated_at=NOON, values=values,
        answers={"placement": placement}, **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (7, 7, "SMALL"), (4.99, 10, "SMALL"), (5, 10, "MEDIUM"), (14.9, 10, "MEDIUM"), (15, 10, "LARGE"),
        (29.9, 10, "LARGE"), (30, 10, "XL"), (100, 100, "XL"),
    ],
)  # fmt: skip
def test_the_category_is_by_area(width: float, height: float, expected: str) -> None:
    assert category(a_piece(width, height), STUDIO) == expected


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        (a_piece(7, 7, coverup=True), "MEDIUM"),
        (a_piece(7, 7, complexity=3), "MEDIUM"),
        (a_piece(7, 7, placement="on my ribs"), "MEDIUM"),
        (a_piece(7, 7, coverup=True, complexity=3), "LARGE"),
        (a_piece(7, 7, coverup=True, complexity=3, placement="Spine"), "LARGE"),
        (a_piece(20, 10, coverup=True), "LARGE"),
        (a_piece(7, 7, complexity=2), "SMALL"),
    ],
)
def test_up_one_category_for_each_difficulty_and_at_most_to_large(piece: Lead, expected: str) -> None:
    assert category(piece, STUDIO) == expected


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        (a_piece(complexity=3), "LARGE"),
        (a_piece(coverup=True), "LARGE"),
        (a_piece(complexity=2), "MEDIUM"),
        (a_piece(complexity=1), "SMALL"),
    ],
)
def test_without_a_size_difficulty_decides(piece: Lead, expected: str) -> None:
    assert category(piece, STUDIO) == expected


@pytest.mark.parametrize(
    ("piece", "days"),
    [
        (a_piece(30, 10), 1.5), (a_piece(34.9, 10), 1.5), (a_piece(35, 10), 2.0), (a_piece(50, 10), 2.5),
        (a_piece(70, 10), 3.0), (a_piece(30, 10, coverup=True), 2.0), (a_piece(70, 10, coverup=True, complexity=3), 4.0),
        (a_piece(70, 10, coverup=True, complexity=3, placement="thigh"), 4.0),
    ],
)  # fmt: skip
def test_days_of_an_extra_large_piece(piece: Lead, days: float) -> None:
    assert xl_days(piece, STUDIO) == days


@pytest.mark.parametrize(
    ("piece", "pence"),
    [
        (a_piece(7, 7), 15_000),
        (a_piece(10, 10), 15_000),
        (a_piece(20, 10), 20_000),
        (a_piece(30, 10), 30_000),
        (a_piece(70, 10), 60_000),
        (a_piece(7, 7, deposit_pence=27_500), 27_500),
    ],
)
def test_the_deposit_is_by_category_unless_the_artist_has_set_it(piece: Lead, pence: int) -> None:
    assert deposit_pence(piece, STUDIO) == pence


@pytest.mark.domain("5.estimate")
@pytest.mark.parametrize(
    ("width", "country", "range_pounds"),
    [
        (4, "GB", (520, 650)),
        (8, "GB", (650, 910)),
        (20, "GB", (975, 1_300)),
        (20, "DE", (1_050, 1_400)),
        (20, "US", (1_125, 1_500)),
        (32, "GB", (1_852.5, 2_145)),
    ],
)
def test_the_price_is_the_hours_at_the_rate_of_her_region(
    width: float, country: str, range_pounds: tuple[float, float]
) -> None:
    lead = a_piece(width)
    lead = replace(lead, values={**lead.values, "location_country": country})
    assert price_range(lead, STUDIO) == tuple(round(pounds_ * 100) for pounds_ in range_pounds)


@pytest.mark.domain("5.estimate")
def test_without_a_country_the_studios_own_rate_counts() -> None:
    assert price_range(a_piece(4), STUDIO) == (52_000, 65_000)
