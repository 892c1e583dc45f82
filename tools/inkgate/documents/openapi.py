"""docs/openapi/<service>.yaml: each service's HTTP side as it describes itself at `GET /schema/openapi.json`."""

from __future__ import annotations

from typing import Any

import yaml
from litestar import Litestar

from inkgate_common.web import Health
from inkgate_dialogue import app as dialogue
from inkgate_intake import app as intake
from inkgate_payments import app as payments
from inkgate_sender import app as sender

APPS = {
    "intake": intake.http_app,
    "dialogue": dialogue.http_app,
    "sender": sender.http_app,
    "payments": payments.http_app,
}


def files() -> dict[str, str]:
    """`<service>.yaml` → its text."""
    return {f"{service}.yaml": _text(service) for service in APPS}


def document(service: str) -> dict[str, Any]:
    """The document as plain values."""
    app: Litestar = APPS[service](Health({}))
    return dict(app.openapi_schema.to_schema())


def _text(service: str) -> str:
    head = f"# Generated from {service}'s routes by `make docs`. Do not edit.\n"
    return head + str(yaml.safe_dump(document(service), sort_keys=False, allow_unicode=True, width=120))
