"""Units of length by what people call them, and sizes told by a thing."""

import pint
import pytest

from inkgate_dialogue.domain.questions import comparisons
from inkgate_dialogue.domain.questions.reading import folded
from inkgate_dialogue.domain.questions.units import in_cm


@pytest.mark.parametrize("unit", ["mm", "millimeter", "cm", "centimeter", "m", "meter", "in", "inch", "ft", "foot"])
def test_a_unit_has_as_many_centimetres_as_the_library_of_units_says(unit: str) -> None:
    registry: pint.UnitRegistry[float] = pint.UnitRegistry()
    assert in_cm(unit) == pytest.approx(registry.Quantity(1, unit).to("centimeter").magnitude)


@pytest.mark.parametrize(
    ("word", "cm"),
    [("cm", 1), ("mm", 0.1), ("m", 100), ("in", 2.54), ("inches", 2.54), ('"', 2.54), ("ft", 30.48), ("'", 30.48), 
     ("pulgadas", 2.54),
     ("centimetros", 1), ("metro", 100), ("pies", 30.48), ("سم", 1), ("inchs", 2.54), ("centimters", 1), ("pulgdas", 2.54)],
)  # fmt: skip
def test_a_unit_is_known_by_its_names_and_a_letter_or_two_off(word: str, cm: float) -> None:
    assert in_cm(word) == pytest.approx(cm)


@pytest.mark.parametrize("word", ["", "fox", "wide", "inside", "months", "minutes", "meters away", "x" * 400])
def test_what_is_no_unit_is_none(word: str) -> None:
    assert in_cm(word) is None


@pytest.mark.domain("1.comparisons")
@pytest.mark.parametrize(
    ("written", "size"),
    [("palm sized", (9, 9)), ("about the size of a credit card", (8.6, 5.4)), ("A5", (14.8, 21.0)), 
     ("a4 please", (21.0, 29.7)),
     ("A6", (10.5, 14.8)), ("half an A4", (14.8, 21.0)), ("like a coin", (2.5, 2.5)), ("tamaño palma", (9, 9)),
     ("como una tarjeta", (8.6, 5.4)), ("the size of my hand", (9, 18))],
)  # fmt: skip
def test_a_thing_has_its_usual_measure(written: str, size: tuple[float, float]) -> None:
    found = comparisons.read(folded(written))
    assert found is not None
    assert found[:2] == size
    assert found[2]


@pytest.mark.parametrize(
    "written", ["on my hand", "napalm", "handmade", "big", "in the palm", "a new one for my thumb please, thanks a lot"]
)
def test_a_place_or_a_mere_word_is_no_comparison(written: str) -> None:
    assert comparisons.read(folded(written)) is None
