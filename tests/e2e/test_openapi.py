"""Every running service against its own OpenAPI document: schemathesis sends it what fits and what does not, and holds every
answer against the document (https://schemathesis.readthedocs.io). The same cases every time.

`GET /api/events` is left out: its answer has no end.
"""

import copy
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from inkgate.documents import openapi
from inkgate.local.environment import SERVICES
from tests.e2e import schemathesis_hooks
from tests.e2e.stack import Stack, running, surroundings
from tests.servers import LiveServers

pytestmark = pytest.mark.live

ROOT = Path(__file__).resolve().parents[2]  # where `tests` is a package
KEY = "not-a-key-but-long-enough"
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
        around = surroundings(servers, Path(folder), INKGATE_API_KEY=KEY)
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
    assert served == openapi.document(service)
    secrets = keyed.around.secrets
    signing = {"WHATSAPP_SECRET": secrets.whatsapp_app_secret, "STRIPE_SECRET": secrets.stripe_webhook_secret}
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
        "--header", f"Authorization: Bearer {KEY}", "--exclude-path", "/api/events",
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
