"""`inkgate local env <service>`: every setting that PROTOCOL.md, section 5, gives that service."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from inkgate import cli
from inkgate.local import LocalError, LocalServers, Secrets, ServerAddresses
from inkgate.local.environment import database_url, http_ports, kafka_settings, servers_elsewhere, service_environment
from inkgate.sandbox import settings as sandbox_settings
from inkgate_common.settings import load
from inkgate_dialogue.settings import DialogueSettings
from inkgate_intake.settings import IntakeSettings
from inkgate_payments.settings import PaymentsSettings
from inkgate_sender.settings import SenderSettings

SERVERS = ServerAddresses("postgresql://me:pw@db.example:5432/postgres?sslmode=require", "kafka.example:9092")
SHARED = {"HTTP_HOST", "HTTP_PORT", "PUBLIC_URL"}
DURABLE = SHARED | {"DATABASE_URL", "KAFKA_BOOTSTRAP", "TOPIC_PREFIX", "TOPIC_PARTITIONS", "TOPIC_REPLICATION"}
COMPLETE = {
    "intake": DURABLE
    | {"IDENTITY_KEY", "WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN", "ARTIST_NUMBERS"},
    "dialogue": DURABLE | {"WHATSAPP_PHONE_NUMBER_ID", "ARTIST_NUMBERS"},
    "sender": DURABLE
    | {f"WHATSAPP_{name}" for name in ("API_BASE", "API_VERSION", "PHONE_NUMBER_ID", "ACCESS_TOKEN", "RATE")},
    "payments": DURABLE | {f"STRIPE_{name}" for name in ("API_BASE", "SECRET_KEY", "WEBHOOK_SECRET")},
    "sandbox": SHARED
    | {"WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_APP_SECRET", "WHATSAPP_ACCESS_TOKEN"}
    | {"STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"}
    | {"SANDBOX_INTAKE_URL", "SANDBOX_PAYMENTS_URL", "SANDBOX_DIALOGUE_URL"},
}


@pytest.mark.parametrize("service", COMPLETE)
def test_every_setting_is_there(service: str) -> None:
    env = service_environment(service, servers=SERVERS, ports=http_ports(), secrets=Secrets())
    assert set(env) == {f"INKGATE_{name}" for name in COMPLETE[service]}


@pytest.mark.parametrize(
    ("service", "load_settings"),
    [
        ("intake", lambda: load(IntakeSettings)),
        ("dialogue", lambda: load(DialogueSettings)),
        ("sender", lambda: load(SenderSettings)),
        ("payments", lambda: load(PaymentsSettings)),
        ("sandbox", sandbox_settings.load_settings),
    ],
)
def test_the_service_itself_takes_them(
    service: str, load_settings: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    env = service_environment(service, servers=SERVERS, ports=http_ports(), secrets=Secrets())
    for name in [name for name in os.environ if name.startswith("INKGATE_")]:
        monkeypatch.delenv(name)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert load_settings()  # A missing or bad one raises, and names it.


def test_each_service_has_its_own_database_on_the_server() -> None:
    env = service_environment(
        "sender",
        servers=SERVERS,
        ports=http_ports(100),
        secrets=Secrets(),
        topic_prefix="t1.",
        database_prefix="t1_",
        extra={"INKGATE_KAFKA_SECURITY_PROTOCOL": "SSL"},
    )
    assert env["INKGATE_DATABASE_URL"] == "postgresql://me:pw@db.example:5432/t1_inkgate_sender?sslmode=require"
    assert env["INKGATE_KAFKA_BOOTSTRAP"] == "kafka.example:9092"
    assert env["INKGATE_TOPIC_PREFIX"] == "t1."
    assert env["INKGATE_HTTP_PORT"] == "8182"
    assert env["INKGATE_WHATSAPP_API_BASE"] == "http://127.0.0.1:8190"
    assert env["INKGATE_KAFKA_SECURITY_PROTOCOL"] == "SSL"


def test_secrets_on_both_sides_are_the_same() -> None:
    secrets = Secrets()
    env = {
        service: service_environment(service, servers=SERVERS, ports=http_ports(), secrets=secrets)
        for service in COMPLETE
    }
    for other, name in (
        ("intake", "INKGATE_WHATSAPP_APP_SECRET"),
        ("sender", "INKGATE_WHATSAPP_ACCESS_TOKEN"),
        ("payments", "INKGATE_STRIPE_SECRET_KEY"),
        ("payments", "INKGATE_STRIPE_WEBHOOK_SECRET"),
    ):
        assert env["sandbox"][name] == env[other][name]


def test_an_unknown_service_is_an_error() -> None:
    with pytest.raises(LocalError, match="there are intake, dialogue, sender, payments, sandbox"):
        service_environment("waiter", servers=SERVERS, ports=http_ports(), secrets=Secrets())


def test_database_url_keeps_options() -> None:
    assert database_url("postgresql://h/x?a=b", "y") == "postgresql://h/y?a=b"


def test_servers_elsewhere_are_named_by_both_settings_or_neither() -> None:
    url, bootstrap = "postgresql://h/inkgate_intake", "h:9092"
    assert servers_elsewhere({}) is None
    assert servers_elsewhere({"INKGATE_DATABASE_URL": url, "INKGATE_KAFKA_BOOTSTRAP": bootstrap}) == ServerAddresses(
        "postgresql://h/postgres", bootstrap
    )
    with pytest.raises(LocalError, match="INKGATE_KAFKA_BOOTSTRAP is not set"):
        servers_elsewhere({"INKGATE_DATABASE_URL": url})


def test_how_to_sign_in_to_kafka_is_passed_on() -> None:
    given = {"INKGATE_KAFKA_BOOTSTRAP": "h:1", "INKGATE_KAFKA_SASL_USERNAME": "me", "INKGATE_STUDIO": "x", "PATH": "y"}
    assert kafka_settings(given) == {"INKGATE_KAFKA_SASL_USERNAME": "me"}


def test_the_command_prints_key_value_lines_for_servers_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKGATE_DATABASE_URL", SERVERS.database_url)
    monkeypatch.setenv("INKGATE_KAFKA_BOOTSTRAP", SERVERS.kafka_bootstrap)
    assert cli.main(["local", "env", "intake", "--home", str(tmp_path)]) == 0
    printed = dict(line.split("=", 1) for line in capsys.readouterr().out.splitlines())
    assert set(printed) == {f"INKGATE_{name}" for name in COMPLETE["intake"]}
    # Made once and kept: the other services must be given the same.
    assert printed["INKGATE_IDENTITY_KEY"] == LocalServers(tmp_path).secrets().identity_key


def test_the_command_says_when_there_are_no_servers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INKGATE_DATABASE_URL", raising=False)
    monkeypatch.delenv("INKGATE_KAFKA_BOOTSTRAP", raising=False)
    assert cli.main(["local", "env", "intake", "--home", str(tmp_path)]) == 1
    assert "inkgate local up" in capsys.readouterr().err
