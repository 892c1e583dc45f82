"""The requests that sender and payments make of WhatsApp and Stripe, as they go over the wire, one of each kind.

`python -m tests.contract.third_parties` records them in tests/contract/requests; read the diff.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from inkgate.contract.layout import laid_out
from inkgate.sandbox.stripe_forms import parse_form
from inkgate_common.contracts.intents import Body, Buttons, Choice, ListMenu, Template, Text
from inkgate_payments.domain import checkout
from inkgate_payments.domain.deposit import Call
from inkgate_payments.domain.refunds import metadata_of
from inkgate_payments.gateway import StripeGateway
from inkgate_sender.gateway import Message, WhatsApp
from tests.builders.deposits import COMMAND, NOW, SHOP, opened
from tests.builders.sends import INTENT, NUMBER
from tests.fakes.graph import TOKEN, fake_graph

FOLDER = Path(__file__).parent / "requests"
TO, USER = "447700900123", "GB.13491208655302741918"
STRIPE_KEY = "sk_test_not_a_key"

Requests = dict[str, dict[str, Any]]

# The bodies that an intent can have (contracts/intents.py). The sender sends no media.
BODIES: dict[str, Body] = {
    "text": Text(text="How big should it be, in cm?"),
    "buttons": Buttons(
        text="Is this a cover-up of an older tattoo?",
        buttons=[Choice(id="coverup:yes", title="Yes"), Choice(id="coverup:no", title="No")],
    ),
    "list": ListMenu(
        text="Which of these suits you?",
        button="See the times",
        rows=[
            Choice(id="slot:1", title="Fri 12 June", description="10:00 to 14:00"),
            Choice(id="none", title="None of these"),
        ],
    ),
    "template": Template(name="inkgate_invitation", language="en_GB", parameters=["Fern Studio"]),
    "template without parameters": Template(name="inkgate_invitation", language="en_GB"),
}


async def of_whatsapp() -> Requests:
    """What the sender's gateway asks for each body, and for a person without a phone number."""
    async with fake_graph() as graph:
        gateway = WhatsApp(graph.url, "v26.0", TOKEN, timeout_s=5, connections=1)
        for body in BODIES.values():
            await gateway.send(Message(NUMBER, TO, None, body, f"{INTENT}:1"))
        await gateway.send(Message(NUMBER, None, USER, BODIES["text"], f"{INTENT}:2"))
        await gateway.close()
        names = [*BODIES, "to a user id"]
        return {
            name: {"request": f"POST {call.path}", "authorised": "Authorization" in call.headers, "body": call.body}
            for name, call in zip(names, graph.calls, strict=True)
        }


async def of_stripe() -> Requests:
    """What payments' gateway asks, one of each kind."""
    deposit = opened()
    made: Requests = {}
    async with _recorder() as (url, heard):
        gateway = StripeGateway(STRIPE_KEY, url)

        async def note(name: str) -> None:
            made[name] = heard.pop()

        create = checkout.create(deposit, SHOP)
        await gateway.create_session(create.parameters, _key(create))
        await note("create a session")
        await gateway.expire_session("cs_1")
        await note("expire a session")
        refund = checkout.refund(deposit, COMMAND, "pi_1", 15_000, metadata_of(deposit, COMMAND), NOW)
        await gateway.create_refund(refund.parameters, _key(refund))
        await note("refund a payment")
        await gateway.find_session(COMMAND, NOW)
        await note("look a session up")
        await gateway.find_refund("pi_1", COMMAND)
        await note("look a refund up")
        await gateway.close()
    return made


def _key(call: Call) -> str:
    return checkout.idempotency_key(call.kind, call.command_id, call.reference, 1)


@asynccontextmanager
async def _recorder() -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A server that takes everything down and answers as Stripe does when all is well."""
    heard: list[dict[str, Any]] = []

    async def hear(request: web.Request) -> web.Response:
        form = await request.read() or request.query_string.encode()
        key = request.headers.get("Idempotency-Key")
        # The library gives a key of its own, another each time, to what is sent without one.
        ours = {"idempotency_key": key} if key is not None and key.startswith("inkgate-") else {}
        heard.append({"request": f"{request.method} {request.path}", **ours, "parameters": parse_form(form)})
        if request.method == "GET":
            return web.json_response({"object": "list", "data": [], "has_more": False})
        thing = {"id": "x_1", "status": "open", "url": None, "expires_at": 0, "livemode": False, "amount": 15_000}
        return web.json_response(thing)

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", hear)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", heard
    finally:
        await runner.cleanup()


async def everything() -> dict[str, Requests]:
    """File → its requests."""
    return {"whatsapp.json": await of_whatsapp(), "stripe.json": await of_stripe()}


def recorded(name: str) -> Requests:
    """The requests of one file."""
    return dict(json.loads((FOLDER / name).read_text("utf-8")))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, made in asyncio.run(everything()).items():
        (FOLDER / file).write_text(laid_out(made), "utf-8")
