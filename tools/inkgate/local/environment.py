"""The settings of every service on this machine, as environment variables (PROTOCOL.md, section 5).

`service_environment` is pure; demo, tests and bench build their processes from it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from inkgate.local.errors import LocalError
from inkgate.local.ports import HOST
from inkgate.local.servers import LocalServers, ServerAddresses
from inkgate.local.state import Secrets

SERVICES = ("intake", "dialogue", "sender", "payments")
HTTP_PORTS: Mapping[str, int] = {"dialogue": 8080, "intake": 8081, "sender": 8082, "payments": 8083, "sandbox": 8090}
PHONE_NUMBER_ID = "106540352242922"
# A number that Ofcom keeps for fiction: the artist whose notices the sandbox shows.
ARTIST_NUMBER = "447700900999"
GRAPH_API_VERSION = "v26.0"
TOPIC_PARTITIONS = 6


def http_ports(offset: int = 0) -> dict[str, int]:
    """The HTTP port of every service and of the sandbox."""
    return {name: port + offset for name, port in HTTP_PORTS.items()}


@dataclass(frozen=True)
class Surroundings:
    """What all services of one installation share, and so what one needs to start any of them."""

    servers: ServerAddresses
    ports: Mapping[str, int]
    secrets: Secrets = field(repr=False)
    topic_prefix: str = ""
    database_prefix: str = ""
    topic_replication: int = 1
    # Settings that go to every service as they are, such as how to sign in to a Kafka elsewhere.
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)

    def of(self, service: str) -> dict[str, str]:
        """That service's settings, complete. LocalError for a service that does not exist."""
        return service_environment(
            service,
            servers=self.servers,
            ports=self.ports,
            secrets=self.secrets,
            topic_prefix=self.topic_prefix,
            database_prefix=self.database_prefix,
            topic_replication=self.topic_replication,
            extra=self.extra,
        )

    def url(self, service: str) -> str:
        """Where that service listens, without a slash at the end."""
        return f"http://{HOST}:{self.ports[service]}"


def service_environment(
    service: str,
    *,
    servers: ServerAddresses,
    ports: Mapping[str, int],
    secrets: Secrets,
    topic_prefix: str = "",
    database_prefix: str = "",
    topic_replication: int = 1,
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The settings of one service, complete: intake, dialogue, sender, payments or sandbox.

    `ports` holds the HTTP port of each of these five. The service's database is `<database_prefix>inkgate_<service>` on
    the server of `servers.database_url`. Raises LocalError for another service.
    """
    urls = {name: f"http://{HOST}:{port}" for name, port in ports.items()}
    whatsapp_number = {"INKGATE_WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID}
    own: dict[str, dict[str, str]] = {
        "intake": {
            **whatsapp_number,
            "INKGATE_IDENTITY_KEY": secrets.identity_key,
            "INKGATE_WHATSAPP_APP_SECRET": secrets.whatsapp_app_secret,
            "INKGATE_WHATSAPP_VERIFY_TOKEN": secrets.whatsapp_verify_token,
            "INKGATE_ARTIST_NUMBERS": ARTIST_NUMBER,
        },
        # No INKGATE_API_KEY: on the loopback address dialogue needs none. No INKGATE_STUDIO: it brings a studio.
        "dialogue": {**whatsapp_number, "INKGATE_ARTIST_NUMBERS": ARTIST_NUMBER},
        "sender": {
            **whatsapp_number,
            "INKGATE_WHATSAPP_API_BASE": urls["sandbox"],
            "INKGATE_WHATSAPP_API_VERSION": GRAPH_API_VERSION,
            "INKGATE_WHATSAPP_ACCESS_TOKEN": secrets.whatsapp_access_token,
            "INKGATE_WHATSAPP_RATE": "80",
        },
        "payments": {
            "INKGATE_STRIPE_API_BASE": urls["sandbox"],
            "INKGATE_STRIPE_SECRET_KEY": secrets.stripe_secret_key,
            "INKGATE_STRIPE_WEBHOOK_SECRET": secrets.stripe_webhook_secret,
        },
        "sandbox": {
            **whatsapp_number,
            "INKGATE_WHATSAPP_APP_SECRET": secrets.whatsapp_app_secret,
            "INKGATE_WHATSAPP_ACCESS_TOKEN": secrets.whatsapp_access_token,
            "INKGATE_STRIPE_SECRET_KEY": secrets.stripe_secret_key,
            "INKGATE_STRIPE_WEBHOOK_SECRET": secrets.stripe_webhook_secret,
            "INKGATE_SANDBOX_INTAKE_URL": urls["intake"],
            "INKGATE_SANDBOX_PAYMENTS_URL": urls["payments"],
            "INKGATE_SANDBOX_DIALOGUE_URL": urls["dialogue"],
        },
    }
    if service not in own:
        raise LocalError(f"there is no service {service!r}; there are {', '.join(own)}")
    shared = {
        "INKGATE_HTTP_HOST": HOST,
        "INKGATE_HTTP_PORT": str(ports[service]),
        # In production one ingress stands before both; here each service is reached at its own port.
        "INKGATE_PUBLIC_URL": urls["payments" if service == "payments" else "dialogue"],
    }
    if service in SERVICES:
        shared |= {
            "INKGATE_DATABASE_URL": database_url(servers.database_url, f"{database_prefix}inkgate_{service}"),
            "INKGATE_KAFKA_BOOTSTRAP": servers.kafka_bootstrap,
            "INKGATE_TOPIC_PREFIX": topic_prefix,
            "INKGATE_TOPIC_PARTITIONS": str(TOPIC_PARTITIONS),
            "INKGATE_TOPIC_REPLICATION": str(topic_replication),
        }
    return {**shared, **own[service], **(extra or {})}


def database_url(server_url: str, database: str) -> str:
    """The URL of one database on a server, keeping everything else (options too)."""
    parts = urlsplit(server_url)
    return parts._replace(path=f"/{database}").geturl()


def servers_elsewhere(environ: Mapping[str, str] | None = None) -> ServerAddresses | None:
    """The servers that `INKGATE_DATABASE_URL` and `INKGATE_KAFKA_BOOTSTRAP` point to, None when neither is set.

    LocalError when only one of them is.
    """
    environ = os.environ if environ is None else environ
    url, bootstrap = environ.get("INKGATE_DATABASE_URL", ""), environ.get("INKGATE_KAFKA_BOOTSTRAP", "")
    if bool(url) != bool(bootstrap):
        missing = "INKGATE_KAFKA_BOOTSTRAP" if url else "INKGATE_DATABASE_URL"
        raise LocalError(f"{missing} is not set; set both to use servers that run already, or neither")
    # It is the server that counts: the database in the URL may be one service's, or none.
    return ServerAddresses(database_url(url, "postgres"), bootstrap) if url else None


def kafka_settings(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """How to sign in to a Kafka elsewhere, and how its topics are made: the caller's settings for that, as they are."""
    environ = os.environ if environ is None else environ
    passed_on = ("INKGATE_KAFKA_", "INKGATE_TOPIC_PARTITIONS", "INKGATE_TOPIC_REPLICATION")
    return {
        name: value
        for name, value in environ.items()
        if name.startswith(passed_on) and name != "INKGATE_KAFKA_BOOTSTRAP"
    }


def surroundings(local: LocalServers, *, port_offset: int = 0, started: ServerAddresses | None = None) -> Surroundings:
    """What the caller's environment and that home say together.

    Servers elsewhere where the environment names them, else `started`, else the home's (LocalError when it has none).
    """
    elsewhere = servers_elsewhere()
    return Surroundings(
        servers=elsewhere or started or local.addresses(),
        ports=http_ports(port_offset),
        secrets=local.secrets(),
        topic_prefix=os.environ.get("INKGATE_TOPIC_PREFIX", ""),
        extra=kafka_settings() if elsewhere else {},
    )
