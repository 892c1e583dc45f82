"""What one home remembers: its ports and its secrets, in `state.json`, readable by its owner only."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from inkgate.local.errors import LocalError


@dataclass(frozen=True)
class Ports:
    """Ports of the servers; 0 is not chosen yet."""

    postgres: int = 0
    kafka: int = 0
    kafka_controller: int = 0


def _token() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, repr=False)
class Secrets:
    """Made once for a home. They look like what they are, so that none is taken for a real one."""

    postgres_password: str = field(default_factory=lambda: f"local-{_token()}")
    identity_key: str = field(default_factory=lambda: f"local-identity-{_token()}")
    whatsapp_app_secret: str = field(default_factory=lambda: f"local-app-secret-{_token()}")
    whatsapp_verify_token: str = field(default_factory=lambda: f"local-verify-{_token()}")
    whatsapp_access_token: str = field(default_factory=lambda: f"local-access-{_token()}")
    stripe_secret_key: str = field(default_factory=lambda: f"sk_test_local{_token()}")
    stripe_webhook_secret: str = field(default_factory=lambda: f"whsec_local{_token()}")


@dataclass(frozen=True)
class State:
    """Everything a home remembers."""

    ports: Ports = field(default_factory=Ports)
    secrets: Secrets = field(default_factory=Secrets)
    # 16 bytes in URL-safe base64, as Kafka wants it; it must not begin with a dash.
    kafka_cluster_id: str = field(default_factory=lambda: f"ink{secrets.token_urlsafe(16)}"[:21] + "A")

    def with_ports(self, ports: Ports) -> State:
        """The same with other ports."""
        return replace(self, ports=ports)


def load(home: Path) -> State | None:
    """The state of that home, None when it has none yet. LocalError when the file cannot be read."""
    path = home / "state.json"
    try:
        raw = json.loads(path.read_text())
        return State(
            ports=Ports(**_known(Ports, raw["ports"])),
            secrets=Secrets(**_known(Secrets, raw["secrets"])),
            kafka_cluster_id=str(raw["kafka_cluster_id"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LocalError(f"{path} cannot be read ({error}); delete {home} to start afresh") from error


def save(home: Path, state: State) -> None:
    """Writes the state: whole or not at all, mode 0600."""
    path = home / "state.json"
    draft = path.with_name(f".state.{os.getpid()}.json")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(state), file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)


def _known(kind: type, raw: dict[str, Any]) -> dict[str, Any]:
    """Only the names this version knows: an older checkout may read a newer file."""
    names = {item.name for item in fields(kind)}
    return {name: value for name, value in raw.items() if name in names}
