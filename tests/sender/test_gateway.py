"""The calls of the Graph API: what is asked, and what the answers are read as. Against a server on the loopback address."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest

from inkgate.local.ports import free_port
from inkgate_common.contracts.intents import Body, Buttons, Choice, ListMenu, Template, Text
from inkgate_sender.domain.outcome import Accepted, NotSent, Refused, Unknown
from inkgate_sender.gateway import Message, WhatsApp, request_body
from tests.builders.sends import INTENT, NUMBER
from tests.fakes.graph import LOST, TOKEN, Answer, FakeGraph, fake_graph, refuse, slow

TO = "447700900123"


@pytest.fixture
async def graph() -> AsyncIterator[FakeGraph]:
    async with fake_graph() as made:
        yield made


@pytest.fixture
async def whatsapp(graph: FakeGraph) -> AsyncIterator[WhatsApp]:
    made = WhatsApp(graph.url, "v26.0", TOKEN, timeout_s=0.5, connections=4)
    yield made
    await made.close()


def message(body: Body | None = None, to: str | None = TO, recipient: str | None = None) -> Message:
    return Message(NUMBER, to, recipient, body or Text(text="Hello"), f"{INTENT}:2")


# What is asked.


def test_a_text() -> None:
    assert request_body(message()) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": TO,
        "type": "text",
        "text": {"body": "Hello", "preview_url": False},
        "biz_opaque_callback_data": f"{INTENT}:2",
    }


def test_without_a_phone_number_it_goes_to_the_user_id() -> None:
    asked = request_body(message(to=None, recipient="US.13491208655302741918"))
    assert "to" not in asked and asked["recipient"] == "US.13491208655302741918"


def test_buttons() -> None:
    asked = request_body(message(Buttons(text="Is it a cover-up?", buttons=[Choice(id="y", title="Yes")])))
    assert asked["interactive"] == {
        "type": "button",
        "body": {"text": "Is it a cover-up?"},
        "action": {"buttons": [{"type": "reply", "reply": {"id": "y", "title": "Yes"}}]},
    }


def test_a_list() -> None:
    rows = [Choice(id="1", title="Monday", description="10:00"), Choice(id="2", title="Tuesday")]
    asked = request_body(message(ListMenu(text="Which slot?", button="Slots", rows=rows)))
    assert asked["interactive"]["action"] == {
        "button": "Slots",
        "sections": [
            {"rows": [{"id": "1", "title": "Monday", "description": "10:00"}, {"id": "2", "title": "Tuesday"}]}
        ],
    }


def test_a_template_without_what_meta_refuses_in_its_parameters() -> None:
    asked = request_body(message(Template(name="carry_on", language="en_GB", parameters=["a\n\tb", "c        d"])))
    assert asked["type"] == "template" and asked["template"] == {
        "name": "carry_on",
        "language": {"code": "en_GB"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": t} for t in ("a b", "c d")]}],
    }
    assert "components" not in request_body(message(Template(name="hello", language="en")))["template"]


async def test_a_call_carries_token_version_and_number(graph: FakeGraph, whatsapp: WhatsApp) -> None:
    await whatsapp.send(message())
    (call,) = graph.of(TO)
    assert call.path == f"/v26.0/{NUMBER}/messages"
    assert call.headers["Authorization"] == f"Bearer {TOKEN}"
    assert call.headers["Content-Type"] == "application/json"


# What the answers are.


async def test_accepted_with_whatsapps_clock(graph: FakeGraph, whatsapp: WhatsApp) -> None:
    graph.plan(TO, Answer(headers={"Date": "Mon, 02 Nov 2026 10:00:07 GMT"}))
    answer = await whatsapp.send(message())
    assert answer == Accepted(graph.of(TO)[0].wamid, datetime(2026, 11, 2, 10, 0, 7, tzinfo=UTC))


async def test_a_date_that_cannot_be_read_is_none(graph: FakeGraph, whatsapp: WhatsApp) -> None:
    graph.plan(TO, Answer(headers={"Date": "soon"}))
    answer = await whatsapp.send(message())
    assert isinstance(answer, Accepted) and answer.accepted_at is None


async def test_refused_with_code_and_details(graph: FakeGraph, whatsapp: WhatsApp) -> None:
    graph.plan(TO, refuse(131056, 400, **{"Retry-After": "7"}))
    assert await whatsapp.send(message()) == Refused(131056, "as the details say", 400, 7.0)


async def test_a_5xx_with_a_graph_error_is_a_refusal_and_one_without_is_unknown(
    graph: FakeGraph, whatsapp: WhatsApp
) -> None:
    graph.plan(TO, refuse(131016, 500), Answer(status=502, html=True, takes=False))
    assert await whatsapp.send(message()) == Refused(131016, "as the details say", 500)
    assert await whatsapp.send(message()) == Unknown("http_502")


async def test_a_4xx_of_something_else_is_a_refusal_without_a_code(graph: FakeGraph, whatsapp: WhatsApp) -> None:
    graph.plan(TO, Answer(status=404, html=True, takes=False))
    assert await whatsapp.send(message()) == Refused(None, None, 404)


async def test_a_connection_that_breaks_after_the_request_is_unknown(graph: FakeGraph, whatsapp: WhatsApp) -> None:
    graph.plan(TO, LOST)
    assert isinstance(await whatsapp.send(message()), Unknown)
    assert len(graph.of(TO)) == 1, "it must not be repeated by the client"


async def test_a_reused_connection_that_breaks_is_unknown_and_not_repeated(
    graph: FakeGraph, whatsapp: WhatsApp
) -> None:
    assert isinstance(await whatsapp.send(message()), Accepted)
    graph.plan(TO, LOST)
    assert isinstance(await whatsapp.send(message()), Unknown)
    assert len(graph.of(TO)) == 2


async def test_no_answer_in_time_is_unknown(graph: FakeGraph, whatsapp: WhatsApp) -> None:
    never = asyncio.Event()
    graph.plan(TO, slow(never))
    assert isinstance(await whatsapp.send(message()), Unknown)
    never.set()


async def test_connection_refused_was_never_sent() -> None:
    whatsapp = WhatsApp(f"http://127.0.0.1:{free_port()}", "v26.0", TOKEN, timeout_s=1, connections=1)
    assert await whatsapp.send(message()) == NotSent("ClientConnectorError")
    await whatsapp.close()


async def test_a_host_without_a_name_was_never_sent() -> None:
    whatsapp = WhatsApp("http://graph.invalid", "v26.0", TOKEN, timeout_s=4, connections=1)
    assert isinstance(await whatsapp.send(message()), NotSent)
    await whatsapp.close()


async def test_no_connection_in_time_was_never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    whatsapp = WhatsApp("http://127.0.0.1:9", "v26.0", TOKEN, timeout_s=0.2, connections=1)

    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(aiohttp.TCPConnector, "_create_connection", never)
    assert await whatsapp.send(message()) == NotSent("ConnectionTimeoutError")
    await whatsapp.close()


async def test_a_phone_number_id_that_is_none_is_refused_without_a_call(graph: FakeGraph, whatsapp: WhatsApp) -> None:
    answer = await whatsapp.send(Message("../me", TO, None, Text(text="x"), f"{INTENT}:1"))
    assert isinstance(answer, Refused) and answer.code == 100 and not graph.calls
