"""Meta's signature over the raw bytes."""

import pytest

from inkgate_intake.domain.signature import same, signed
from tests.builders import whatsapp

RAW = b'{"text":"caf\\u00e9 \\/"}'
GOOD = whatsapp.signature(RAW, "new").encode()


def test_a_good_signature() -> None:
    assert signed((b"new",), RAW, GOOD)


def test_any_of_several_secrets_will_do_while_one_is_being_replaced() -> None:
    assert signed((b"new", b"old"), RAW, whatsapp.signature(RAW, "old").encode())


@pytest.mark.parametrize(
    "header",
    [None, b"", b"sha256=", GOOD[:-1], GOOD[7:], b"sha1=" + GOOD[7:], GOOD.replace(b"sha256", b"sha512"), b"\xff"],
)
def test_anything_else_is_not_a_signature(header: bytes | None) -> None:
    assert not signed((b"new",), RAW, header)


def test_the_bytes_count_not_what_they_mean() -> None:
    assert not signed((b"new",), '{"text":"café /"}'.encode(), GOOD)


def test_the_hexadecimal_digits_may_be_capital() -> None:
    assert signed((b"new",), RAW, GOOD[:7] + GOOD[7:].upper())


def test_tokens_are_compared_whole() -> None:
    assert same("token é", "token é") and not same("token", "token é") and not same("\ud800", "token")
