"""A bad setting stops the sender with one line that names it."""

import pytest

from inkgate_common.errors import SettingsError
from inkgate_common.settings import load
from inkgate_sender.settings import SenderSettings

GOOD = {
    "INKGATE_DATABASE_URL": "postgresql://u:p@127.0.0.1/x",
    "INKGATE_KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "INKGATE_WHATSAPP_PHONE_NUMBER_ID": "106540352242922",
    "INKGATE_WHATSAPP_ACCESS_TOKEN": "a-secret-token",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_the_defaults() -> None:
    settings = load(SenderSettings)
    assert settings.whatsapp_api_base == "https://graph.facebook.com" and settings.whatsapp_api_version == "v26.0"
    assert settings.http_port == 8082 and settings.whatsapp_rate == 80
    assert settings.policy.gate_on == "accepted" and settings.policy.gate_timeout_s == 120
    assert settings.policy.tries_max == 8 and settings.policy.budget_s == 900 and settings.uncertain_wait == 30


def test_several_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKGATE_WHATSAPP_PHONE_NUMBER_ID", "1065, 1066")
    assert load(SenderSettings).phone_number_ids == ["1065", "1066"]


@pytest.mark.parametrize("name", ["INKGATE_WHATSAPP_PHONE_NUMBER_ID", "INKGATE_WHATSAPP_ACCESS_TOKEN"])
def test_a_missing_setting_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(SettingsError, match=f"{name}: is not set"):
        load(SenderSettings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INKGATE_GATE_ON", "sent"),
        ("INKGATE_GATE_TIMEOUT", "0"),
        ("INKGATE_WHATSAPP_RATE", "-1"),
        ("INKGATE_WHATSAPP_API_VERSION", "26"),
        ("INKGATE_WHATSAPP_PHONE_NUMBER_ID", "my number"),
        ("INKGATE_WHATSAPP_API_BASE", "graph.facebook.com"),
        ("INKGATE_WHATSAPP_API_BASE", "http://graph.example"),
        ("INKGATE_RETRY_TRIES", "0"),
        ("INKGATE_SEND_CONCURRENCY", "0"),
    ],
)
def test_a_bad_setting_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load(SenderSettings)


def test_the_sandbox_on_this_machine_may_be_reached_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKGATE_WHATSAPP_API_BASE", "http://127.0.0.1:8090/")
    assert load(SenderSettings).whatsapp_api_base == "http://127.0.0.1:8090"


def test_the_token_never_shows_itself() -> None:
    assert "a-secret-token" not in repr(load(SenderSettings))
