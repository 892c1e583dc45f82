"""Every running service against its own OpenAPI document: schemathesis sends it what fits and what does not, and holds every
answer against the document (https://schemathesis.readthedocs.io). The same cases every time.
"""

import copy
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from inkgate.local.environment import SERVICES
from inkgate_dialogue import problems
from tests.builders import stripe, whatsapp
from tests.contract.test_openapi import DOCUMENTS
from tests.e2e import schemathesis_hooks
from tests.e2e.alike import unlike
from tests.e2e.stack import Stack, running, surroundings
from tests.servers import LiveServers

pytestmark = pytest.mark.live

ROOT = Path(__file__).resolve().parents[2]  # where `tests` is a package
KEY = "not-a-key-but-long-enough"
CALENDAR = "not-a-secret-but-long-enough-for-a-calendar"
CASES_MAX = 8  # a phase and operation
WITHIN_S = 120
# Not allow_header_conformance: where several handlers share a path, Litestar 2.25 answers OPTIONS with the methods of the
# first (that a 405 lists all of them: tests/common/test_web.py).
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "ignored_auth",
)


@pytest.fixture(scope="module")
async def keyed(servers: LiveServers) -> AsyncIterator[Stack]:
    """A stack of its own, with an API key: what is thrown at it must not reach the clients of other tests."""
    with tempfile.TemporaryDirectory(prefix="inkgate-openapi-") as folder:
        around = surroundings(servers, Path(folder), INKGATE_API_KEY=KEY, INKGATE_CALENDAR_SECRET=CALENDAR)
        async with running(around, Path(folder) / "logs") as stack:
            stack.http.headers["Authorization"] = f"Bearer {KEY}"
            yield stack


@pytest.fixture(scope="module")
async def known(keyed: Stack) -> dict[str, list[str]]:
    """Ids that lead somewhere: enquiries at their beginning and with a deposit link, an action."""
    begun, with_link = keyed.client(), keyed.client()
    first, second = await begun.begin(), await with_link.with_link()
    _, taken = await with_link.act("resend")
    _, refused = await begun.act("approve")
    assert refused["allowed"]
    action = taken.get("action_id") or (await with_link.act("ask", text="Which arm?"))[1]["action_id"]
    return {"lead_id": [first["id"], second["id"]], "action_id": [action]}


@pytest.mark.parametrize("service", SERVICES)
async def test_a_running_service_answers_as_the_document_in_docs_says(
    service: str, keyed: Stack, known: dict[str, list[str]], tmp_path: Path
) -> None:
    served = await keyed.ok(service, "GET", "/schema/openapi.json")
    assert served == DOCUMENTS[service]
    ours = keyed.around.secrets
    signing = {"WHATSAPP_SECRET": ours.whatsapp_app_secret, "STRIPE_SECRET": ours.stripe_webhook_secret}
    complaints = thrown_at(keyed.around.url(service), leading_somewhere(served, known), signing, tmp_path)
    assert complaints is None, f"{complaints}\n{keyed.complaints()}"


def leading_somewhere(document: dict[str, Any], known: Mapping[str, list[str]]) -> dict[str, Any]:
    """A document whose ids are those of things that are there."""
    made = copy.deepcopy(document)
    for operations in made["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] in known:
                    parameter["schema"] = {"type": "string", "enum": known[parameter["name"]]}
    return made


def thrown_at(url: str, document: dict[str, Any], signing: Mapping[str, str], folder: Path) -> str | None:
    """What schemathesis complains of; None where there is nothing."""
    path = folder / "openapi.json"
    path.write_text(json.dumps(document))
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", str(path), "--url", url, "--checks", ",".join(CHECKS),
        "--phases", "examples,coverage,fuzzing", "--max-examples", str(CASES_MAX), "--generation-deterministic",
        "--header", f"Authorization: Bearer {KEY}",
        "--request-timeout", "20", "--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off",
        "--no-color",
    ]  # fmt: skip
    environment = {
        **os.environ,
        **signing,
        "SCHEMATHESIS_HOOKS": schemathesis_hooks.__name__,
        "PYTHONPATH": str(ROOT),
        "NO_PROXY": "127.0.0.1",
    }
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=WITHIN_S, check=False, cwd=folder
    )
    print(done.stdout[-1_500:])
    return None if done.returncode == 0 else f"{done.stdout[-12_000:]}\n{done.stderr[-2_000:]}"


# --- the examples -----------------------------------------------------------------------------------------------------

Answered = tuple[str, str, str, int]  # service, method, path, status
# Not brought about here: a database that is away (tests/faults), a sender without a key beyond the loopback address
# (tests/sender/test_holds.py), a client's own invitation (test_slots.py, which reads it as a calendar does), and what has
# no end (test_events.py).
NOT_SEEN = {
    *((service, "get", "/health/ready", 503) for service in SERVICES),
    ("intake", "post", "/webhooks/whatsapp", 503),
    ("payments", "post", "/webhooks/stripe", 503),
    ("sender", "get", "/api/holds", 403),
    ("sender", "post", "/api/holds/{number}/release", 403),
    ("dialogue", "get", "/appointments/{name}", 200),
    ("dialogue", "get", "/api/events", 200),
}
NO_KEY = {"Authorization": "Bearer wrong"}
NOWHERE = {"lead_id": str(problems.NOWHERE), "action_id": str(problems.NOWHERE), "name": "nobody.ics", "number": "7"}


class Caller:
    """Calls operations by the words of their documents, and remembers what was answered."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.seen: dict[Answered, str] = {}

    async def __call__(
        self, service: str, call: str, where: Mapping[str, str] = MappingProxyType({}), query: str = "", **more: Any
    ) -> tuple[int, str]:
        """`call`: method and path as in the document; `where`: what its path names."""
        method, path = call.split()
        url = self.stack.around.url(service) + path.format(**where) + query
        async with self.stack.http.request(method, url, **more) as response:
            status, text = response.status, await response.text()
        self.seen[service, method, path, status] = text
        return status, text


@pytest.fixture
async def held(keyed: Stack) -> AsyncIterator[str]:
    """A number on hold. (What was thrown at the mode is taken back: in panic nothing is sent.)"""
    await keyed.ok("dialogue", "PUT", "/api/mode", {"panic": False, "pilot": False})
    await keyed.fault(on="whatsapp", code=190, times=0)
    await keyed.client().say("Hi!")

    async def look() -> list[dict[str, Any]]:
        return list((await keyed.ok("sender", "GET", "/api/holds"))["items"])

    (hold,) = await keyed.wait_for("the hold", look)
    await keyed.mend()
    yield hold["phone_number_id"]


async def test_the_examples_are_what_the_running_services_answer(
    keyed: Stack, known: dict[str, list[str]], held: str
) -> None:
    call = Caller(keyed)
    for service in SERVICES:
        for path in ("/health/live", "/health/ready", "/metrics"):
            await call(service, f"get {path}")
    await _leads(call, {"lead_id": known["lead_id"][1]}, known["lead_id"][0])
    await _the_rest_of_dialogue(call, {"action_id": known["action_id"][0]})
    await _holds(call, {"number": held})
    await _webhooks(call)
    differences = [
        f"{' '.join(map(str, answered))}: {difference}"
        for answered, text in call.seen.items()
        for difference in compared(answered, text)
    ]
    assert differences == []
    assert documented() - call.seen.keys() == NOT_SEEN


async def _leads(call: Caller, linked: dict[str, str], begun: str) -> None:
    await call("dialogue", "get /api/leads", query="?limit=2")
    await call("dialogue", "get /api/leads", query="?status=BOOKD")
    await call("dialogue", "get /api/leads", headers=NO_KEY)
    for path in ("/api/leads/{lead_id}", "/api/leads/{lead_id}/timeline", "/api/leads/{lead_id}/export"):
        await call("dialogue", f"get {path}", linked)
        await call("dialogue", f"get {path}", NOWHERE)
        await call("dialogue", f"get {path}", linked, headers=NO_KEY)
    await call("dialogue", "get /api/leads/{lead_id}/timeline", NOWHERE, "?cursor=x")
    act = "post /api/leads/{lead_id}/actions"
    await call("dialogue", act, linked, json={"action": "approve"}, headers=NO_KEY)
    await call("dialogue", act, NOWHERE, json={"action": "approve"})
    await call("dialogue", act, linked, json={"action": "aprove"})
    await call("dialogue", act, linked, data=b" " * 70_000)
    await call("dialogue", act, {"lead_id": begun}, json={"action": "book"})
    await call("dialogue", act, linked, json={"action": "ask", "text": "Which arm?"}, headers={"If-Match": '"1"'})
    once = {"Idempotency-Key": secrets.token_hex(8)}
    await call("dialogue", act, linked, json={"action": "follow_up"}, headers=once)
    await call("dialogue", act, linked, json={"action": "ask", "text": "Which arm?"}, headers=once)


async def _the_rest_of_dialogue(call: Caller, action: dict[str, str]) -> None:
    await call("dialogue", "get /api/actions/{action_id}", action)
    await call("dialogue", "get /api/actions/{action_id}", NOWHERE)
    await call("dialogue", "get /api/actions/{action_id}", action, headers=NO_KEY)
    for path in ("/api/funnel", "/api/mode", "/api/studio"):
        await call("dialogue", f"get {path}")
    for path in ("/api/funnel", "/api/mode", "/api/studio", "/api/events"):
        await call("dialogue", f"get {path}", headers=NO_KEY)
    await call("dialogue", "get /api/events", query="?after=yesterday")
    await call("dialogue", "get /api/funnel", query="?days=0")
    await call("dialogue", "put /api/mode", json={"panic": False})
    await call("dialogue", "put /api/mode", json={"panic": "yes"})
    await call("dialogue", "put /api/mode", data=b" " * 70_000)
    await call("dialogue", "put /api/mode", json={"panic": False}, headers=NO_KEY)
    await call("dialogue", "get /calendar/{name}", {"name": f"{CALENDAR}.ics"})
    for path in ("/calendar/{name}", "/appointments/{name}"):
        await call("dialogue", f"get {path}", NOWHERE)


async def _holds(call: Caller, number: dict[str, str]) -> None:
    release = "post /api/holds/{number}/release"
    await call("sender", "get /api/holds")
    await call("sender", "get /api/holds", headers=NO_KEY)
    await call("sender", release, number, headers=NO_KEY)
    await call("sender", release, number)
    await call("sender", release, number)


async def _webhooks(call: Caller) -> None:
    secret = call.stack.around.secrets
    verify = f"?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={secret.whatsapp_verify_token}"
    await call("intake", "get /webhooks/whatsapp", query=verify)
    await call("intake", "get /webhooks/whatsapp", query="?hub.mode=subscribe&hub.verify_token=wrong")
    post, body = "post /webhooks/whatsapp", b'{"object": "whatsapp_business_account", "entry": []}'
    for data in (body, b"x"):
        signed = {"X-Hub-Signature-256": whatsapp.signature(data, secret.whatsapp_app_secret)}
        await call("intake", post, data=data, headers=signed)
    await call("intake", post, data=body)
    await call("intake", post, data=b" " * 3_000_001)
    post, body = "post /webhooks/stripe", b'{"id": "evt_1ExampleOnly00000000", "type": "plan.created"}'
    for data in (body, b"x"):
        signed = {"Stripe-Signature": stripe.signature(data, secrets=[secret.stripe_webhook_secret])}
        await call("payments", post, data=data, headers=signed)
    await call("payments", post, data=body)
    await call("payments", post, data=b" " * 1_000_001)
    for path in ("/pay/thanks", "/pay/back"):
        await call("payments", f"get {path}")


def documented() -> set[Answered]:
    return {
        (service, method, path, int(code))
        for service in SERVICES
        for path, methods in DOCUMENTS[service]["paths"].items()
        for method, operation in methods.items()
        for code in operation["responses"]
    }


def compared(answered: Answered, text: str) -> list[str]:
    """How an answer differs from its example."""
    service, method, path, status = answered
    response = DOCUMENTS[service]["paths"][path][method]["responses"][str(status)]
    if "content" not in response:
        return [] if text == "" else [f"{text!r} where nothing is documented"]
    ((media_type, media),) = response["content"].items()
    (example,) = [each["value"] for each in media["examples"].values()]
    if path == "/metrics":
        return [line for line in example.splitlines() if line not in text.splitlines()]
    if media_type == "text/calendar":
        return list(unlike(_head(example), _head(text)))
    if not media_type.endswith("json"):
        return [] if text == example else [f"{text[:80]!r}, in the example {example[:80]!r}"]
    real = json.loads(text)
    if media_type == "application/problem+json" and status not in (409, 412, 422):  # these say where a lead stands
        return [] if real == example else [f"{real}, in the example {example}"]
    return list(unlike(example, real))


def _head(calendar: str) -> list[str]:
    """What a calendar says before its first time zone or appointment, without its name."""
    lines = calendar.split("\r\nBEGIN:V", 1)[0].splitlines()
    return [line for line in lines if not line.startswith("X-WR-CALNAME")]
