"""Width × height in cm or inches, at most 100 cm a side (DOMAIN §1)."""

import pytest

from tests.dialogue.domain.questions.tables import read, refuses

READ = {
    "8x12cm": (8, 12),
    "8 × 12 cm": (8, 12),
    "8 X 12": (8, 12),
    "8cm x 12cm": (8, 12),
    "8cm by 12": (8, 12),
    "80x120mm": (8, 12),
    "80 mm x 12 cm": (8, 12),
    "3 by 5 inches": (7.6, 12.7),
    '3" x 5"': (7.6, 12.7),
    "3″ × 5″": (7.6, 12.7),
    "4in": (10.2, 10.2),
    "10cm": (10, 10),
    "10 centimetres": (10, 10),
    "about 10 cm I think": (10, 10),
    "8.5x12": (8.5, 12),
    "8,5 x 12": (8.5, 12),
    "8*12": (8, 12),
    "about palm sized": (9, 9),
    "palm size": (9, 9),
    "100x100": (100, 100),
    "٨x١٢ سم": (8, 12),
    "८ x १२ cm": (8, 12),
    "８×１２": (8, 12),
    "8\u200bx\u200b12": (8, 12),
    "like 8x12 😊": (8, 12),
    "Actually 8x12, on the arm": (8, 12),
    "10cmx12cm": (10, 12),
}
REFUSED = {
    "big": "no_size",
    "12 inside": "no_size",
    "my number is 447700900123": "no_size",
    "napalm": "no_size",
    "-5": "no_size",
    "-5cm": "not_positive",
    "0x5": "not_positive",
    "0cm": "not_positive",
    "101 cm": "too_large",
    "10x400": "too_large",
    "50 inches": "too_large",
    "5cm or 10cm": "several_sizes",
    "👍": "no_size",
}


@pytest.mark.parametrize(("written", "size"), READ.items())
def test_a_size_is_read(written: str, size: tuple[float, float]) -> None:
    assert read("dimensions", written) == {"width_cm": size[0], "height_cm": size[1]}


@pytest.mark.parametrize(("written", "reason"), REFUSED.items())
def test_what_is_no_size_is_refused(written: str, reason: str) -> None:
    assert refuses("dimensions", written) == reason
