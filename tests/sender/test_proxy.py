"""Behind a cluster's egress proxy the Graph API is called through it, and what the proxy does to a call is told apart."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from inkgate.local.ports import free_port
from inkgate_common.contracts.intents import Text
from inkgate_common.settings import proxy_for
from inkgate_sender import app
from inkgate_sender.domain.outcome import Accepted, NotSent, Refused
from inkgate_sender.gateway import Message, WhatsApp
from inkgate_sender.settings import SenderSettings
from tests.builders.sends import INTENT, NUMBER
from tests.fakes.graph import TOKEN, FakeGraph, fake_graph, refuse
from tests.fakes.proxy import HOST, Proxy, needs_openssl, proxy_to

pytestmark = needs_openssl

TO = "447700900123"
MESSAGE = Message(NUMBER, TO, None, Text(text="Hello"), f"{INTENT}:2")


@pytest.fixture
async def graph() -> AsyncIterator[FakeGraph]:
    async with fake_graph() as made:
        yield made


@pytest.fixture
async def proxy(graph: FakeGraph, tmp_path: Path) -> AsyncIterator[Proxy]:
    async with proxy_to(URL(graph.url).port or 0, tmp_path) as made:
        yield made


async def send(proxy: Proxy, url: str | None = None, base: str = "https://graph.example") -> Any:
    """One call through the proxy, or through another at `url`."""
    whatsapp = WhatsApp(
        base, "v26.0", TOKEN, timeout_s=5, connections=1, proxy=url or proxy.url, trusted=proxy.trusted()
    )
    try:
        return await whatsapp.send(MESSAGE)
    finally:
        await whatsapp.close()


async def test_a_call_goes_through_the_proxy_and_only_the_api_sees_the_token(graph: FakeGraph, proxy: Proxy) -> None:
    assert isinstance(await send(proxy), Accepted)
    assert proxy.asked == [("graph.example:443", None)] and TOKEN not in proxy.heard
    (call,) = graph.of(TO)
    assert call.headers["Authorization"] == f"Bearer {TOKEN}"


async def test_a_name_and_password_in_the_address_are_for_the_proxy_alone(graph: FakeGraph, proxy: Proxy) -> None:
    assert isinstance(await send(proxy, proxy.url.replace("//", "//inkgate:not-a-secret@")), Accepted)
    assert proxy.asked == [("graph.example:443", "Basic aW5rZ2F0ZTpub3QtYS1zZWNyZXQ=")]
    assert "Proxy-Authorization" not in graph.of(TO)[0].headers


async def test_an_error_of_the_api_is_the_apis(graph: FakeGraph, proxy: Proxy) -> None:
    graph.plan(TO, refuse(131026))
    assert isinstance(await send(proxy), Refused)


@pytest.mark.parametrize("answer", ["407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway"])
async def test_what_the_proxy_would_not_connect_was_not_sent(graph: FakeGraph, proxy: Proxy, answer: str) -> None:
    """And so may be tried again at once: with an uncertain one we wait for a status first."""
    proxy.refuses = answer
    assert await send(proxy) == NotSent("ClientHttpProxyError")
    assert graph.calls == []


async def test_without_the_proxy_nothing_was_sent(proxy: Proxy) -> None:
    assert await send(proxy, f"http://{HOST}:{free_port()}") == NotSent("ClientProxyConnectionError")


async def test_a_proxy_that_leads_elsewhere_is_not_believed(graph: FakeGraph, proxy: Proxy) -> None:
    outcome = await send(proxy, base="https://other.example")
    assert isinstance(outcome, NotSent) and graph.calls == []


async def test_the_sender_takes_the_proxy_of_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    made: dict[str, Any] = {}
    monkeypatch.setattr(app, "WhatsApp", lambda *_, **options: made.update(options))
    settings = SenderSettings(
        kafka_bootstrap="127.0.0.1:1",
        database_url="postgresql://x@127.0.0.1:1/x",  # type: ignore[arg-type]
        whatsapp_phone_number_id=NUMBER,
        whatsapp_access_token=TOKEN,  # type: ignore[arg-type]
    )
    app._whatsapp(settings)
    assert made["proxy"] == proxy_for(settings.whatsapp_api_base) == "http://proxy.example:3128"
