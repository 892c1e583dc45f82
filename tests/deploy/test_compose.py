"""deploy/compose.yaml: what it says is what the services take, and nobody but this machine reaches it.

Compose's own loader reads it too, where Go can build that.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from inkgate.local.environment import HTTP_PORTS, SERVICES
from inkgate.local.jars import KAFKA
from inkgate.sandbox.settings import Settings as SandboxSettings
from inkgate_dialogue.settings import DialogueSettings
from inkgate_intake.settings import IntakeSettings
from inkgate_payments.settings import PaymentsSettings
from inkgate_sender.settings import SenderSettings
from tests.deploy.compose_loader import complaint
from tests.deploy.golang import NoGo

FILE = Path(__file__).parents[2] / "deploy/compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
ALL: dict[str, dict[str, Any]] = COMPOSE["services"]
SETTINGS: dict[str, type[BaseSettings]] = {
    "intake": IntakeSettings,
    "dialogue": DialogueSettings,
    "sender": SenderSettings,
    "payments": PaymentsSettings,
    "sandbox": SandboxSettings,
}
# The image sets it, so that what is not on the loopback address of its container listens where it can be reached.
IMAGE_ENVIRONMENT = {"INKGATE_HTTP_HOST": "0.0.0.0"}
MIGRATIONS = [f"migrate-{service}" for service in SERVICES]
OURS = [*SETTINGS, *MIGRATIONS, "loopback"]
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
# The attributes of a service that this file uses, as the Compose specification names them.
ATTRIBUTES = {
    "build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "init", "network_mode", "ports",
    "read_only", "restart", "security_opt", "stop_grace_period", "volumes",
}  # fmt: skip


def settings_class(name: str) -> type[BaseSettings]:
    return SETTINGS[name.removeprefix("migrate-")]


def loaded(name: str, monkeypatch: pytest.MonkeyPatch) -> BaseSettings:
    """The settings of a service as its container reads them."""
    for other in [other for other in os.environ if other.startswith("INKGATE_")]:
        monkeypatch.delenv(other)
    for key, value in {**IMAGE_ENVIRONMENT, **ALL[name]["environment"]}.items():
        monkeypatch.setenv(key, value)
    return settings_class(name)()


def refusal(file: Path) -> str:
    """What Compose has against a file, by its own loader; empty when it takes it. Skips where there is none."""
    try:
        return complaint(file)
    except NoGo as why:
        pytest.skip(f"Compose's loader cannot be built, so rules of ours alone hold the file: {why}")


def test_compose_itself_reads_it() -> None:
    assert refusal(FILE) == ""


def test_compose_itself_refuses_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(FILE.read_text().replace("read_only:", "readonly:"))
    assert "readonly" in refusal(tmp_path / "compose.yaml")


def test_it_has_the_four_services_their_migrations_the_sandbox_and_the_servers() -> None:
    assert set(ALL) == {*SERVICES, *MIGRATIONS, "sandbox", "loopback", "kafka", "postgres"}


@pytest.mark.parametrize("name", ALL)
def test_it_uses_what_the_specification_has(name: str) -> None:
    assert set(ALL[name]) <= ATTRIBUTES
    assert all(isinstance(value, str) for value in ALL[name].get("environment", {}).values())
    for other, how in ALL[name].get("depends_on", {}).items():
        assert other in ALL and how["condition"] in CONDITIONS
        assert how["condition"] != "service_healthy" or "healthcheck" in ALL[other]
    for volume in ALL[name].get("volumes", []):
        assert volume.split(":")[0] in COMPOSE["volumes"]


@pytest.mark.parametrize("name", [*SETTINGS, *MIGRATIONS])
def test_every_setting_is_one_of_that_service(name: str) -> None:
    known = {f"INKGATE_{field.upper()}" for field in settings_class(name).model_fields}
    assert set(ALL[name]["environment"]) <= known


@pytest.mark.parametrize("name", [*SETTINGS, *MIGRATIONS])
def test_every_setting_that_must_be_set_is_set_and_good(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded(name, monkeypatch)


@pytest.mark.parametrize("name", [*SETTINGS, *MIGRATIONS])
def test_every_secret_says_that_it_is_none(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    values = [value for _, value in loaded(name, monkeypatch) if isinstance(value, SecretStr)]
    assert values
    assert all("not-a-secret" in value.get_secret_value() for value in values)


@pytest.mark.parametrize("name", OURS)
def test_what_is_ours_is_held_tightly(name: str) -> None:
    assert ALL[name]["read_only"] is True
    assert ALL[name]["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", ALL)
def test_nothing_gains_privileges_and_nothing_is_reached_from_elsewhere(name: str) -> None:
    assert ALL[name]["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in ALL[name].get("ports", []))


def test_the_ports_are_those_of_the_demo_at_a_desk() -> None:
    published = {port.removeprefix("127.0.0.1:") for port in ALL["loopback"]["ports"]}
    assert published == {f"{HTTP_PORTS[name]}:{HTTP_PORTS[name]}" for name in ("dialogue", "payments", "sandbox")}


@pytest.mark.parametrize("service", SERVICES)
def test_all_databases_are_migrated_before_a_service_begins(service: str) -> None:
    migration = ALL[f"migrate-{service}"]
    assert ALL[service]["command"] == [f"inkgate-{service}", "serve"]
    assert migration["command"] == [f"inkgate-{service}", "migrate"]
    assert migration["environment"] == ALL[service]["environment"]
    assert {name: how["condition"] for name, how in migration["depends_on"].items()} == {
        "kafka": "service_healthy",
        "postgres": "service_healthy",
    }
    for name in MIGRATIONS:
        assert ALL[service]["depends_on"][name]["condition"] == "service_completed_successfully"


@pytest.mark.parametrize("name", SETTINGS)
def test_its_health_is_whether_it_is_ready(name: str) -> None:
    assert f"http://127.0.0.1:{HTTP_PORTS[name]}/health/ready" in ALL[name]["healthcheck"]["test"][-1]
    assert ALL[name]["network_mode"] == "service:loopback"


def test_what_the_services_call_is_the_sandbox() -> None:
    sandbox = f"http://127.0.0.1:{HTTP_PORTS['sandbox']}"
    assert ALL["sender"]["environment"]["INKGATE_WHATSAPP_API_BASE"] == sandbox
    assert ALL["payments"]["environment"]["INKGATE_STRIPE_API_BASE"] == sandbox


@pytest.mark.parametrize(
    "name", ["WHATSAPP_APP_SECRET", "WHATSAPP_ACCESS_TOKEN", "WHATSAPP_PHONE_NUMBER_ID", "API_KEY"]
)
def test_both_sides_know_the_same(name: str) -> None:
    assert len({one["environment"][f"INKGATE_{name}"] for one in ALL.values() if f"INKGATE_{name}" in one.get(
        "environment", {})}) == 1  # fmt: skip


def test_the_servers_are_the_versions_that_are_tested() -> None:
    assert ALL["kafka"]["image"] == f"apache/kafka:{KAFKA.rsplit(':')[-1]}"
    assert ALL["postgres"]["image"] == "postgres:18"
