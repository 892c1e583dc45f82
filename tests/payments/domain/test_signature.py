"""Only what Stripe signed, with a secret of ours, lately."""

from datetime import UTC, datetime, timedelta

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from inkgate_payments.domain.signature import TOLERANCE_S, verify
from inkgate_payments.errors import BadSignature
from tests.builders.stripe import SECRET, signature

NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
BODY = b'{"id": "evt_1"}'


@given(body=st.text(alphabet=st.characters(exclude_categories=["Cs"])), secret=st.text("abcdefgh_0123", min_size=1))
def test_what_stripes_own_library_signs_is_accepted(body: str, secret: str) -> None:
    header = stripe.WebhookSignature.generate_signature_header(body, secret, AT)
    verify(body.encode(), header, [secret], NOW)


def test_a_body_that_is_not_utf8_can_be_signed() -> None:
    verify(b"\xff\xfe", signature(b"\xff\xfe", at=AT), [SECRET], NOW)


@pytest.mark.parametrize("known", [["old", "new"], ["new", "old"], ["new"]])
def test_while_a_secret_is_replaced_here_any_of_ours_counts(known: list[str]) -> None:
    verify(BODY, signature(BODY, secrets=["new"], at=AT), known, NOW)


def test_while_a_secret_is_replaced_at_stripe_any_of_its_signatures_counts() -> None:
    verify(BODY, signature(BODY, secrets=["unknown", "ours"], at=AT), ["ours"], NOW)


@pytest.mark.parametrize("seconds", [TOLERANCE_S + 1, -TOLERANCE_S - 1])
def test_a_signature_from_another_time_is_refused(seconds: int) -> None:
    header = signature(BODY, at=AT)
    with pytest.raises(BadSignature, match="more than 300 s"):
        verify(BODY, header, [SECRET], NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "nonsense",
        f"t={AT}",
        "v1=00",
        f"t={AT},v1=",
        f"t={AT},v1=é",
        f"t=,{signature(BODY, at=AT)}",
        f"t=-5,v1={'0' * 64}",
        f"t={'9' * 5000},v1={'0' * 64}",
        signature(BODY, at=AT).replace("v1=", "v0="),
        signature(BODY, secrets=["another"], at=AT),
        signature(BODY + b" ", at=AT),
        signature(BODY, at=AT).replace(f"t={AT}", f"t={AT + 1}"),
    ],
)
def test_anything_else_is_refused_without_quoting_it(header: str | None) -> None:
    with pytest.raises(BadSignature) as refused:
        verify(BODY, header, [SECRET], NOW)
    assert SECRET not in str(refused.value) and "0000" not in str(refused.value)
