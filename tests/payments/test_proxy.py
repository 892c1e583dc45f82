"""Behind a cluster's egress proxy Stripe's library goes through it by itself, as HTTPS_PROXY and NO_PROXY say."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import stripe
from yarl import URL

from inkgate_payments.errors import StripeUnavailable
from inkgate_payments.gateway import StripeGateway
from tests.fakes.proxy import Proxy, needs_openssl, proxy_to
from tests.payments.test_gateway import parameters
from tests.sandbox.conftest import STRIPE_KEY, Sandbox, receiver, sandbox

# The sandbox's fixtures, taken over.
__all__ = ["receiver", "sandbox"]

# Stripe's own way of calling httpx.
pytestmark = [needs_openssl, pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")]

BASE = "https://api.stripe.example"


@pytest.fixture
async def proxy(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxy]:
    async with proxy_to(URL(sandbox.url).port or 0, tmp_path) as made:
        monkeypatch.setenv("HTTPS_PROXY", made.url)
        monkeypatch.setattr(stripe, "ca_bundle_path", str(made.certificate))
        yield made


async def test_a_session_is_made_through_the_proxy(sandbox: Sandbox, proxy: Proxy) -> None:
    gateway = StripeGateway(STRIPE_KEY, BASE)
    made = await gateway.create_session(parameters(), "key-1")
    await gateway.close()
    assert made.id in sandbox.parts.stripe.sessions
    assert proxy.asked == [("api.stripe.example:443", None)] and STRIPE_KEY not in proxy.heard


async def test_what_the_proxy_would_not_connect_is_tried_again(sandbox: Sandbox, proxy: Proxy) -> None:
    proxy.refuses = "407 Proxy Authentication Required"
    gateway = StripeGateway(STRIPE_KEY, BASE)
    with pytest.raises(StripeUnavailable, match="connection"):
        await gateway.create_session(parameters(), "key-2")
    await gateway.close()
    assert not sandbox.parts.stripe.sessions


async def test_what_no_proxy_lists_goes_straight(
    sandbox: Sandbox, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "stripe.example")
    gateway = StripeGateway(STRIPE_KEY, BASE)
    with pytest.raises(StripeUnavailable):  # that name leads nowhere
        await gateway.create_session(parameters(), "key-3")
    await gateway.close()
    assert proxy.asked == []
