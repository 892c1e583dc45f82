"""Settings from the environment, frozen, each service with its own class. Nothing else reads the environment.

A bad or missing one stops the service with one line that names it; secrets are `SecretStr`, which never shows itself.
"""

import ipaddress
import re
import ssl
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from inkgate_common.errors import SettingsError

S = TypeVar("S", bound="KafkaSettings")

_TLS_FILES = ("kafka_ssl_cafile", "kafka_ssl_certfile", "kafka_ssl_keyfile")


class KafkaSettings(BaseSettings):
    """How to reach Kafka, and how topics are made."""

    model_config = SettingsConfigDict(env_prefix="INKGATE_", frozen=True, extra="ignore", str_strip_whitespace=True)

    kafka_bootstrap: str = Field(min_length=1, description="host:port of one or more brokers, comma separated")
    kafka_security_protocol: str = Field(
        default="PLAINTEXT",
        pattern="^(PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL)$",
        description="how to talk to the brokers",
    )
    kafka_sasl_mechanism: str = Field(
        default="PLAIN", pattern="^(PLAIN|SCRAM-SHA-256|SCRAM-SHA-512)$", description="how to sign in, with SASL"
    )
    kafka_sasl_username: str | None = Field(default=None, description="who signs in, with SASL")
    kafka_sasl_password: SecretStr | None = Field(default=None, description="and with what")
    kafka_ssl_cafile: str | None = Field(
        default=None, description="file with the authorities that the brokers' certificates come from, with SSL"
    )
    kafka_ssl_certfile: str | None = Field(default=None, description="file with our own certificate, with SSL")
    kafka_ssl_keyfile: str | None = Field(default=None, description="file with the key of our certificate")
    topic_prefix: str = Field(default="", pattern=r"^[A-Za-z0-9._-]*$", description="stands before every topic name")
    topic_partitions: int = Field(
        default=24, ge=1, le=1000, description="partitions of a topic that `migrate` makes; the same for all topics"
    )
    topic_replication: int = Field(default=3, ge=1, le=10, description="copies of each partition of such a topic")

    @field_validator(*_TLS_FILES)
    @classmethod
    def _is_a_file(cls, path: str | None) -> str | None:
        if path and not Path(path).is_file():
            raise ValueError("there is no such file")
        return path

    @model_validator(mode="after")
    def _can_sign_in(self) -> Self:
        if self.kafka_security_protocol.startswith("SASL"):
            for name in ("kafka_sasl_username", "kafka_sasl_password"):
                if not getattr(self, name):
                    raise ValueError(
                        f"INKGATE_{name.upper()} is not set, and INKGATE_KAFKA_SECURITY_PROTOCOL asks for it"
                    )
        if self.kafka_security_protocol.endswith("SSL"):
            try:
                self._tls()
            except (ssl.SSLError, OSError) as error:
                files = [f"INKGATE_{name.upper()}" for name in _TLS_FILES if getattr(self, name)]
                raise ValueError(f"{', '.join(files)}: not the PEM that TLS needs ({error})") from None
        return self

    def topic(self, name: str) -> str:
        """The full name of a topic: `inbound` → `<prefix>inkgate.inbound.v1`."""
        return f"{self.topic_prefix}inkgate.{name}.v1"

    def short_topic(self, full: str) -> str:
        """The other way round."""
        return full.removeprefix(self.topic_prefix).removeprefix("inkgate.").removesuffix(".v1")

    def client_options(self) -> dict[str, Any]:
        """Keyword arguments that aiokafka's producer, consumer and admin client share."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.kafka_bootstrap,
            "security_protocol": self.kafka_security_protocol,
        }
        if self.kafka_security_protocol.startswith("SASL"):
            options["sasl_mechanism"] = self.kafka_sasl_mechanism
            options["sasl_plain_username"] = self.kafka_sasl_username
            options["sasl_plain_password"] = (
                self.kafka_sasl_password.get_secret_value() if self.kafka_sasl_password else None
            )
        if self.kafka_security_protocol.endswith("SSL"):
            options["ssl_context"] = self._tls()
        return options

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.kafka_ssl_cafile)
        if self.kafka_ssl_certfile:
            context.load_cert_chain(self.kafka_ssl_certfile, self.kafka_ssl_keyfile)
        return context


class ServiceSettings(KafkaSettings):
    """What every service has."""

    database_url: SecretStr = Field(description="PostgreSQL of this service: postgresql://user:password@host:port/name")
    http_host: str = Field(default="127.0.0.1", description="address to listen on")
    http_port: int = Field(default=0, ge=0, le=65535, description="port to listen on")
    http_linger: float = Field(
        default=1.0,
        ge=0,
        le=60,
        description="seconds that HTTP is served on after SIGTERM, not ready and closing each connection with its answer",
    )
    http_keep_alive: float = Field(
        default=75.0,
        ge=1,
        le=3_600,
        description="seconds that an idle connection is kept; more than whatever stands in front keeps it (nginx and AWS: "
        "60, Google: 600)",
    )
    log_format: str = Field(default="text", pattern="^(text|json)$", description="how the lines of the log look")
    log_level: str = Field(
        default="info",
        pattern="^(debug|info|warning|error)$",
        description="the least that is logged; debug has a line for every event that is handled",
    )
    database_bytes_max: int = Field(
        default=0,
        ge=0,
        description="bytes that this service's database may grow to, for the alert before it is full; 0: not known",
    )
    otlp_endpoint: str | None = Field(
        default=None,
        description="OTLP/HTTP collector that traces go to, such as http://collector:4318; without it there are none",
    )
    otlp_headers: SecretStr | None = Field(
        default=None, description="headers that the collector asks for: name=value, several comma separated"
    )
    trace_ratio: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="share of the turns that are traced; where a turn begins decides for all services",
    )

    @field_validator("otlp_endpoint")
    @classmethod
    def _is_http(cls, url: str | None) -> str | None:
        if url and not re.match(r"https?://[^/\s]+", url):
            raise ValueError("must look like http://collector:4318")
        return url or None

    @field_validator("otlp_headers")
    @classmethod
    def _are_headers(cls, headers: SecretStr | None) -> SecretStr | None:
        given = headers.get_secret_value() if headers else ""
        if any("=" not in part for part in given.split(",") if part.strip()):
            raise ValueError("must look like name=value, several comma separated")
        return headers

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, url: SecretStr) -> SecretStr:
        wrong = "must look like postgresql://user:password@host:port/name"
        try:
            parsed = make_url(url.get_secret_value())
        except (ArgumentError, ValueError):  # its text may hold the password
            raise ValueError(wrong) from None
        if parsed.drivername not in ("postgresql", "postgres") or not parsed.database:
            raise ValueError(wrong)
        return url


def load(settings: type[S]) -> S:
    """The settings from the environment. Raises SettingsError with one line that names every bad one."""
    try:
        return settings()
    except ValidationError as error:
        problems = []
        for item in error.errors(include_input=False, include_url=False):
            name = "INKGATE_" + "_".join(str(part) for part in item["loc"]).upper() + ": " if item["loc"] else ""
            problem = "is not set" if item["type"] == "missing" else item["msg"].removeprefix("Value error, ")
            problems.append(name + problem)
        raise SettingsError("; ".join(problems)) from None


def proxy_for(url: str) -> str | None:
    """The proxy on the way to `url`, None where there is none: HTTPS_PROXY (else ALL_PROXY, in small letters too) for https,
    but for what NO_PROXY lists, as curl and Python's own urllib read them. Raises SettingsError.

    Plain http is for this machine only (the sandbox), and goes straight there.
    """
    parts = urlsplit(url)
    proxies = getproxies_environment()
    proxy = proxies.get("https") or proxies.get("all")
    if parts.scheme != "https" or not proxy or proxy_bypass_environment(parts.netloc):
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if urlsplit(proxy).scheme not in ("http", "https") or not urlsplit(proxy).hostname:  # it may hold a password
        raise SettingsError("HTTPS_PROXY: must look like http://proxy:3128 (a proxy by CONNECT; no SOCKS)")
    return proxy


def several(text: str) -> tuple[str, ...]:
    """The parts of a setting that may hold several, comma separated."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def api_base(url: str, example: str, secret: str) -> str:
    """Where a third party's API is, without a slash at its end. Raises ValueError where `secret` would be sent there in
    clear, or where it is no such address at all."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"must look like {example}")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError(f"must be https, so that the {secret} is not sent in clear (http is for this machine only)")
    return url.rstrip("/")
