"""Settings come from the environment; a bad one is named, a secret never shown, what is not ours ignored."""

import os
from pathlib import Path

import pytest
from pydantic import Field, SecretStr

from inkgate_common.errors import SettingsError
from inkgate_common.settings import ServiceSettings, load, proxy_for

GOOD = {
    "INKGATE_DATABASE_URL": "postgresql://inkgate:open-sesame@127.0.0.1:5432/inkgate_test",
    "INKGATE_KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "INKGATE_API_TOKEN": "abracadabra",
}


class Settings(ServiceSettings):
    api_token: SecretStr = Field(min_length=4)
    rate: int = 80


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith("INKGATE_")]:
        monkeypatch.delenv(name)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_what_is_set_counts_and_the_rest_has_defaults(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("INKGATE_RATE", " 5 ")
    settings = load(Settings)
    assert (settings.rate, settings.topic_partitions, settings.log_format) == (5, 24, "text")
    assert settings.database_url.get_secret_value() == GOOD["INKGATE_DATABASE_URL"]


def test_names_that_are_not_ours_are_ignored(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("INKGATE_STRIPE_SECRET_KEY", "not ours")
    environment.setenv("INKGATE_RATED", "nor is this")
    assert "not ours" not in repr(load(Settings).model_dump())


def test_secrets_never_show() -> None:
    settings = load(Settings)
    for shown in (repr(settings), str(settings), settings.model_dump_json(), f"{settings.database_url}"):
        assert "open-sesame" not in shown and "abracadabra" not in shown


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load(Settings).rate = 3  # type: ignore[misc]


def test_one_line_names_everything_that_is_wrong(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("INKGATE_KAFKA_BOOTSTRAP")
    environment.delenv("INKGATE_API_TOKEN")
    environment.setenv("INKGATE_HTTP_PORT", "99999")
    with pytest.raises(SettingsError) as caught:
        load(Settings)
    text = str(caught.value)
    assert "\n" not in text
    assert "INKGATE_KAFKA_BOOTSTRAP: is not set" in text and "INKGATE_API_TOKEN: is not set" in text
    assert "INKGATE_HTTP_PORT: " in text and "65535" in text


URL = "must look like postgresql://user:password@host:port/name"


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("DATABASE_URL", "", URL),
        ("DATABASE_URL", "mysql://u:hush-hush@h/d", URL),
        ("DATABASE_URL", "postgresql://u:hush-hush@h:port/d", URL),
        ("DATABASE_URL", "postgresql://u:hush-hush@h:5432", URL),
        ("DATABASE_URL", "hush-hush", URL),
        ("KAFKA_BOOTSTRAP", "", "at least 1 character"),
        ("KAFKA_SECURITY_PROTOCOL", "ssl", "SASL_SSL"),
        ("KAFKA_SASL_MECHANISM", "GSSAPI", "PLAIN"),
        ("KAFKA_SSL_CAFILE", "/there/is/none.pem", "there is no such file"),
        ("KAFKA_SSL_CERTFILE", "/there/is/none.pem", "there is no such file"),
        ("TOPIC_PREFIX", "a/b", "pattern"),
        ("TOPIC_PARTITIONS", "0", "greater than or equal to 1"),
        ("TOPIC_REPLICATION", "many", "integer"),
        ("HTTP_PORT", "-1", "greater than or equal to 0"),
        ("LOG_FORMAT", "xml", "json"),
        ("LOG_LEVEL", "loud", "debug"),
        ("OTLP_ENDPOINT", "collector:4318", "must look like http://collector:4318"),
        ("OTLP_HEADERS", "hush-hush", "must look like name=value"),
        ("TRACE_RATIO", "10", "less than or equal to 1"),
        ("API_TOKEN", "hsh", "at least 4"),
    ],
)
def test_a_bad_one_is_named_with_what_would_be_right_and_never_its_value(
    environment: pytest.MonkeyPatch, name: str, value: str, wrong: str
) -> None:
    environment.setenv(f"INKGATE_{name}", value)
    with pytest.raises(SettingsError) as caught:
        load(Settings)
    assert str(caught.value).startswith(f"INKGATE_{name}: ") and wrong in str(caught.value)
    assert "hush-hush" not in str(caught.value) and "hsh" not in str(caught.value)


@pytest.mark.parametrize("missing", ["USERNAME", "PASSWORD"])
def test_signing_in_takes_a_name_and_a_password(environment: pytest.MonkeyPatch, missing: str) -> None:
    environment.setenv("INKGATE_KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT")
    environment.setenv("INKGATE_KAFKA_SASL_USERNAME", "inkgate")
    environment.setenv("INKGATE_KAFKA_SASL_PASSWORD", "open-sesame")
    options = load(Settings).client_options()
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("inkgate", "open-sesame")
    environment.delenv(f"INKGATE_KAFKA_SASL_{missing}")
    with pytest.raises(SettingsError, match=f"INKGATE_KAFKA_SASL_{missing} is not set"):
        load(Settings)


def test_without_signing_in_none_of_it_is_handed_on(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("INKGATE_KAFKA_SASL_PASSWORD", "open-sesame")
    assert load(Settings).client_options() == {"bootstrap_servers": "127.0.0.1:9092", "security_protocol": "PLAINTEXT"}


def test_with_ssl_the_brokers_certificates_are_checked(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("INKGATE_KAFKA_SECURITY_PROTOCOL", "SSL")
    context = load(Settings).client_options()["ssl_context"]
    assert context.check_hostname and context.verify_mode.name == "CERT_REQUIRED"


def test_a_file_that_is_there_is_taken(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    environment.setenv("INKGATE_KAFKA_SSL_CAFILE", str(tmp_path / "ca.pem"))
    assert load(Settings).kafka_ssl_cafile == str(tmp_path / "ca.pem")


def test_a_file_for_tls_that_holds_no_certificate_is_named(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    environment.setenv("INKGATE_KAFKA_SECURITY_PROTOCOL", "SSL")
    environment.setenv("INKGATE_KAFKA_SSL_CAFILE", str(tmp_path / "ca.pem"))
    with pytest.raises(SettingsError, match=r"^INKGATE_KAFKA_SSL_CAFILE: not the PEM that TLS needs"):
        load(Settings)


def test_a_topic_has_a_prefix_and_a_version(environment: pytest.MonkeyPatch) -> None:
    assert load(Settings).topic("inbound") == "inkgate.inbound.v1"
    environment.setenv("INKGATE_TOPIC_PREFIX", "dev-1.")
    settings = load(Settings)
    assert settings.topic("payment-commands") == "dev-1.inkgate.payment-commands.v1"
    assert settings.short_topic("dev-1.inkgate.payment-commands.v1") == "payment-commands"


@pytest.mark.parametrize(
    ("given", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "http://proxy:3128"),
        ({"https_proxy": "http://proxy:3128"}, "http://proxy:3128"),
        ({"HTTPS_PROXY": "proxy:3128"}, "http://proxy:3128"),
        ({"ALL_PROXY": "http://proxy:3128"}, "http://proxy:3128"),
        ({"HTTP_PROXY": "http://proxy:3128"}, None),
        ({"HTTPS_PROXY": ""}, None),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "10.0.0.1,.facebook.com"}, None),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "graph.facebook.com:443"}, "http://proxy:3128"),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "*"}, None),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "localhost,.svc,.cluster.local"}, "http://proxy:3128"),
    ],
)
def test_the_proxy_of_the_environment_is_read_as_elsewhere(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], proxy: str | None
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert proxy_for("https://graph.facebook.com") == proxy
    assert proxy_for("http://127.0.0.1:8090/graph") is None


@pytest.mark.parametrize("wrong", ["socks5://user:open-sesame@proxy:1080", "http://", "://open-sesame"])
def test_a_proxy_that_cannot_be_used_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.delenv("https_proxy", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", wrong)
    with pytest.raises(SettingsError, match=r"^HTTPS_PROXY: must look like http://proxy:3128") as raised:
        proxy_for("https://graph.facebook.com")
    assert "open-sesame" not in str(raised.value)
