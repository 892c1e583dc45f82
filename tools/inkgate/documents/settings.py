"""docs/settings.md: every setting of every service, from the settings classes."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from inkgate_common.settings import ServiceSettings
from inkgate_dialogue.settings import DialogueSettings
from inkgate_intake.settings import IntakeSettings
from inkgate_payments.settings import PaymentsSettings
from inkgate_sender.settings import SenderSettings

SERVICES: dict[str, type[ServiceSettings]] = {
    "intake": IntakeSettings,
    "dialogue": DialogueSettings,
    "sender": SenderSettings,
    "payments": PaymentsSettings,
}
_HEAD = """<!-- Generated from the settings classes by `make docs`. Do not edit. -->
# Settings
All of them are environment variables. A service refuses to start on a bad or missing one and names it in one line;
`INKGATE_*` names that are not its own are ignored. Secrets never appear in logs, errors, metrics or `repr`.
On this machine `inkgate local env <service>` prints a complete set.
"""
_TAIL = """
## Not ours, and read
`HTTPS_PROXY` (else `ALL_PROXY`) and `NO_PROXY`, in small letters too: the way of sender to WhatsApp, of payments to Stripe
and of dialogue to an artist's calendar ([kubernetes.md](kubernetes.md)). It looks like `http://proxy:3128`, with
`user:password@` where it asks for them.

## inkgate analytics
Kafka's settings from above, and `INKGATE_ANALYTICS_SINK` (secret): where the tables are kept, `duckdb:PATH` (default
`duckdb:analytics.duckdb`), `postgresql://…`, `clickhouse://…` (`clickhouses://` with TLS). [analytics.md](analytics.md)

## The tools at a desk
`INKGATE_DATABASE_URL` and `INKGATE_KAFKA_BOOTSTRAP`, when both are set, point `make demo` and `make test` at servers that
already run (a server's URL: each service gets its own database on it). `INKGATE_LOCAL_HOME` is the folder of the local
servers (default `.inkgate`), `INKGATE_CACHE` the one for what is downloaded once (default `~/.cache/inkgate`). The sandbox
has its own page: [tools/inkgate/sandbox/README.md](../tools/inkgate/sandbox/README.md).
"""


def text() -> str:
    """The document."""
    shared = {name: field for name, field in ServiceSettings.model_fields.items() if _is_shared(name, field)}
    parts = [_HEAD, "## Every service\n" + _table(shared.items())]
    for service, settings in SERVICES.items():
        own = [(name, field) for name, field in settings.model_fields.items() if name not in shared]
        parts.append(f"## {service}\n" + _table(own))
    return "\n".join(parts) + _TAIL


def _is_shared(name: str, field: FieldInfo) -> bool:
    """Whether it means the same in every service."""
    return all(_row(name, settings.model_fields[name]) == _row(name, field) for settings in SERVICES.values())


def _table(fields: Iterable[tuple[str, FieldInfo]]) -> str:
    rows = sorted(fields, key=lambda item: (not item[1].is_required(), item[0]))  # what must be set comes first
    lines = ["| name | default | secret | meaning |", "|---|---|---|---|", *(_row(name, field) for name, field in rows)]
    return "\n".join(lines) + "\n"


def _row(name: str, field: FieldInfo) -> str:
    meaning = "; ".join(part for part in (field.description or "", _allowed(field)) if part)
    secret = "secret" if _is_secret(field) else ""
    return f"| `INKGATE_{name.upper()}` | {_default(field)} | {secret} | {meaning.replace('|', '&#124;')} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**must be set**"
    value: Any = field.get_default(call_default_factory=True)
    if value in (None, "", PydanticUndefined):
        return "–"
    if isinstance(value, SecretStr):
        return "set"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _is_secret(field: FieldInfo) -> bool:
    return SecretStr in (field.annotation, *typing.get_args(field.annotation))


def _allowed(field: FieldInfo) -> str:
    """Which values it takes, where that can be said in few words."""
    kind = field.annotation
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        kind = next(arg for arg in typing.get_args(kind) if arg is not type(None))
    if typing.get_origin(kind) is typing.Literal:
        return " or ".join(f"`{value}`" for value in typing.get_args(kind))
    limits = {
        key: getattr(rule, key) for rule in field.metadata for key in ("ge", "gt", "le", "lt") if hasattr(rule, key)
    }
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    said = [f"{words[key]} {value:,}" for key, value in limits.items()]
    pattern = next((rule.pattern for rule in field.metadata if getattr(rule, "pattern", None)), None)
    if pattern is not None and pattern.startswith("^(") and pattern.endswith(")$") and "|" in pattern:
        said.append(", ".join(f"`{word}`" for word in pattern[2:-2].split("|")))
    return ", ".join(said)
