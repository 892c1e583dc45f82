"""A bad setting stops the service and is named; a secret never shows."""

import pytest

from inkgate_common.errors import SettingsError
from inkgate_common.settings import load
from inkgate_payments.settings import PaymentsSettings

GOOD = {
    "INKGATE_DATABASE_URL": "postgresql://someone:hidden1@127.0.0.1:5432/payments",
    "INKGATE_KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "INKGATE_PUBLIC_URL": "https://studio.example/",
    "INKGATE_STRIPE_SECRET_KEY": "sk_test_hidden2",
    "INKGATE_STRIPE_WEBHOOK_SECRET": "whsec_hidden3, whsec_hidden4",
}


def loaded(monkeypatch: pytest.MonkeyPatch, **more: str | None) -> PaymentsSettings:
    for name, value in (GOOD | more).items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    return load(PaymentsSettings)


def test_good_settings_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, INKGATE_SOMEBODY_ELSES="x")
    assert settings.http_port == 8083
    assert settings.public_url == "https://studio.example"
    assert settings.stripe_api_base == "https://api.stripe.com"
    assert settings.webhook_secrets == ("whsec_hidden3", "whsec_hidden4")


def test_no_secret_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch)
    assert "hidden" not in f"{settings!r} {settings} {settings.model_dump_json()}"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("INKGATE_STRIPE_SECRET_KEY", None, "is not set"),
        ("INKGATE_STRIPE_WEBHOOK_SECRET", None, "is not set"),
        ("INKGATE_STRIPE_WEBHOOK_SECRET", " , ", "holds no secret"),
        ("INKGATE_PUBLIC_URL", None, "is not set"),
        ("INKGATE_PUBLIC_URL", "studio.example", "must look like https://"),
        ("INKGATE_STRIPE_API_BASE", "ftp://api.stripe.com", "must look like https://"),
        ("INKGATE_STRIPE_API_BASE", "http://api.stripe.com", "must be https"),
        ("INKGATE_HTTP_PORT", "eighty", "integer"),
    ],
)
def test_a_bad_one_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None, words: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        loaded(monkeypatch, **{name: value})
    line = str(raised.value)
    assert name in line and words in line and "\n" not in line and "hidden" not in line


def test_the_sandbox_on_this_machine_needs_no_https(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loaded(monkeypatch, INKGATE_STRIPE_API_BASE="http://127.0.0.1:8090/").stripe_api_base.endswith(":8090")
