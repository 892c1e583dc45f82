"""Who deploys reads at once which setting a server refuses, and what it would have: each way of being wrong, at the real
Kafka and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from inkgate.local.environment import database_url
from inkgate.local.ports import HOST, free_port
from inkgate_common import reach
from inkgate_common.db import connect
from inkgate_common.errors import (
    CertificateRefused,
    NoSuchDatabase,
    OtherProtocol,
    SignInRefused,
    Unreachable,
)
from inkgate_common.migrate import make_database, make_topics
from inkgate_common.settings import KafkaSettings
from tests.e2e.stack import surroundings
from tests.integration.accounts import Account, open_accounts
from tests.integration.footing import Footing

pytestmark = pytest.mark.live

PASSWORD = "obviously-not-it"


@pytest.fixture(scope="module")
async def account(footing: Footing) -> Account:
    return (await open_accounts(footing.live.installation()))["sender"]


@pytest.fixture
def right(footing: Footing, account: Account) -> KafkaSettings:
    """How that account signs in."""
    return KafkaSettings(
        kafka_bootstrap=footing.services_bootstrap,
        kafka_security_protocol="SASL_SSL",
        kafka_ssl_cafile=str(footing.certificate.authority),
        kafka_sasl_mechanism="SCRAM-SHA-512",
        kafka_sasl_username=account.name,
        kafka_sasl_password=account.password,  # type: ignore[arg-type]
    )


async def test_nothing_is_wrong_with_a_kafka_that_lets_us_in(right: KafkaSettings) -> None:
    assert await reach.kafka(right) is None


WRONG_AT_KAFKA: dict[str, tuple[type[Unreachable], dict[str, Any], list[str]]] = {
    "the password": (
        SignInRefused,
        {"kafka_sasl_password": PASSWORD},
        ["SERVICES", "USER", "SCRAM-SHA-512", "INKGATE_KAFKA_SASL_USERNAME", "INKGATE_KAFKA_SASL_PASSWORD"],
    ),
    "the user": (SignInRefused, {"kafka_sasl_username": "nobody"}, ["'nobody'", "INKGATE_KAFKA_SASL_USERNAME"]),
    "the mechanism": (
        SignInRefused,
        {"kafka_sasl_mechanism": "PLAIN"},
        ["no sign-in by PLAIN", "INKGATE_KAFKA_SASL_MECHANISM"],
    ),
    "the authority": (
        CertificateRefused,
        {"kafka_ssl_cafile": None},
        ["SERVICES", "not trusted: self-signed certificate", "INKGATE_KAFKA_SSL_CAFILE, which is not set"],
    ),
    "the name in the certificate": (
        CertificateRefused,
        {"kafka_bootstrap": "localhost:SERVICES-PORT"},
        ["not valid for 'localhost'", "INKGATE_KAFKA_SSL_CAFILE"],
    ),
    "no TLS where there is": (
        OtherProtocol,
        {"kafka_security_protocol": "SASL_PLAINTEXT"},
        ["SERVICES", "talks TLS", "INKGATE_KAFKA_SECURITY_PROTOCOL is SASL_PLAINTEXT"],
    ),
    "TLS where there is none": (
        OtherProtocol,
        {"kafka_bootstrap": "ADMIN"},
        ["ADMIN", "does not talk TLS", "INKGATE_KAFKA_SECURITY_PROTOCOL is SASL_SSL"],
    ),
    "nobody signs in where one must": (
        OtherProtocol,
        {"kafka_security_protocol": "SSL"},
        ["asks to sign in by SCRAM-SHA-512", "INKGATE_KAFKA_SECURITY_PROTOCOL is SSL"],
    ),
    "a sign-in where nobody does": (
        OtherProtocol,
        {"kafka_bootstrap": "ADMIN", "kafka_security_protocol": "SASL_PLAINTEXT"},
        ["ADMIN", "asks nobody to sign in", "INKGATE_KAFKA_SECURITY_PROTOCOL is SASL_PLAINTEXT"],
    ),
    "a port where nobody listens": (
        Unreachable,
        {"kafka_bootstrap": f"{HOST}:1"},
        [f"{HOST}:1", "INKGATE_KAFKA_BOOTSTRAP", "does not answer: connection refused"],
    ),
    "a port where somebody else does": (
        Unreachable,
        {"kafka_bootstrap": "POSTGRESQL", "kafka_security_protocol": "PLAINTEXT"},
        ["POSTGRESQL", "INKGATE_KAFKA_BOOTSTRAP", "is it Kafka's port?"],
    ),
    "a name that is none": (
        Unreachable,
        {"kafka_bootstrap": "kafka.invalid:9092"},
        ["kafka.invalid:9092", "INKGATE_KAFKA_BOOTSTRAP", "there is no such name"],
    ),
}


@pytest.mark.parametrize("what", WRONG_AT_KAFKA)
async def test_what_is_wrong_at_kafka_is_named(footing: Footing, right: KafkaSettings, what: str) -> None:
    kind, changed, words = WRONG_AT_KAFKA[what]
    places = {
        "SERVICES-PORT": footing.services_bootstrap.rpartition(":")[2],
        "SERVICES": footing.services_bootstrap,
        "ADMIN": footing.live.kafka_bootstrap,
        "POSTGRESQL": urlsplit(footing.live.database_url).netloc.rpartition("@")[2],
        "USER": str(right.kafka_sasl_username),
    }

    def placed(text: Any) -> Any:
        for name, place in places.items():
            text = text.replace(name, place) if isinstance(text, str) and "INKGATE" not in text else text
        return text

    given = {**right.model_dump(), **{name: placed(value) for name, value in changed.items()}}
    trouble = await reach.kafka(KafkaSettings(**given))
    assert type(trouble) is kind, trouble
    assert [word for word in map(placed, words) if word not in str(trouble)] == [], trouble
    assert trouble.refused == (kind is not Unreachable)
    assert PASSWORD not in str(trouble)


async def test_a_broker_that_kafka_names_and_that_is_not_there_is_told_apart(
    right: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = reach._ask

    async def ask_and_hear(settings: KafkaSettings, host: str, port: int, where: str) -> Any:
        return [(each[0], HOST, 1) for each in await ask(settings, host, port, where)]

    monkeypatch.setattr(reach, "_ask", ask_and_hear)
    trouble = await reach.kafka(right)
    assert trouble is not None and not trouble.refused
    assert f"{HOST}:1, where Kafka at {right.kafka_bootstrap} says that a broker is" in str(trouble)
    assert str(trouble).endswith("look at Kafka's advertised.listeners")


async def test_one_broker_that_lets_us_in_is_enough(right: KafkaSettings) -> None:
    assert await reach.kafka(right.model_copy(update={"kafka_bootstrap": f"{HOST}:1,{right.kafka_bootstrap}"})) is None


async def test_migrate_waits_for_no_kafka_that_refuses_it(right: KafkaSettings) -> None:
    wrong = KafkaSettings(**{**right.model_dump(), "kafka_sasl_password": PASSWORD})
    with pytest.raises(SignInRefused):
        async with asyncio.timeout(15):  # it waits for 30 s for one that is only away
            await make_topics(wrong, ["deliveries"])


async def test_migrate_ends_with_one_line_that_names_the_setting(
    footing: Footing, account: Account, tmp_path: Path
) -> None:
    around = surroundings(footing.live, tmp_path)
    environment = {
        **around.of("sender"),
        **account.kafka(footing.services_bootstrap, footing.certificate.authority),
        "INKGATE_KAFKA_SASL_PASSWORD": PASSWORD,
    }
    unit = footing.unit("migrate-sender", ("sender", "migrate"), environment, tmp_path / "migrate.log")
    await asyncio.to_thread(unit.start)
    assert await asyncio.to_thread(unit.wait) == 2
    last = unit.log().rstrip().rpartition("\n")[2]
    assert last.startswith("inkgate-sender: Kafka at ") and "INKGATE_KAFKA_SASL_PASSWORD" in last
    assert PASSWORD not in unit.log()


# PostgreSQL.


async def trouble_with(url: str) -> Unreachable:
    with pytest.raises(Unreachable) as raised:
        await connect(url, timeout=10)
    assert "INKGATE_DATABASE_URL" in str(raised.value) and PASSWORD not in str(raised.value)
    return raised.value


async def test_a_wrong_password_of_the_database_is_named_with_its_user(footing: Footing) -> None:
    place = urlsplit(footing.live.database_url).netloc.rpartition("@")[2]
    trouble = await trouble_with(f"postgresql://somebody:{PASSWORD}@{place}/postgres")
    assert type(trouble) is SignInRefused and trouble.refused
    assert f"PostgreSQL at {place} does not let 'somebody' sign in" in str(trouble)


async def test_a_database_that_is_missing_is_named(footing: Footing) -> None:
    trouble = await trouble_with(database_url(footing.live.database_url, "nowhere"))
    assert type(trouble) is NoSuchDatabase and "has no database 'nowhere'" in str(trouble)


async def test_a_database_that_we_may_not_make_is_left_to_whoever_may(footing: Footing, account: Account) -> None:
    place = urlsplit(footing.live.database_url).netloc.rpartition("@")[2]
    with pytest.raises(NoSuchDatabase, match=rf"no database 'nowhere'.*'{account.name}' may not create it"):
        await make_database(f"postgresql://{account.name}:{account.password}@{place}/nowhere")


async def test_a_database_server_that_is_not_there_is_named() -> None:
    trouble = await trouble_with(f"postgresql://somebody:{PASSWORD}@{HOST}:1/x")
    assert type(trouble) is Unreachable and f"PostgreSQL at {HOST}:1 does not answer: connection refused" in str(
        trouble
    )
    assert "no such name" in str(await trouble_with("postgresql://somebody@postgresql.invalid/x"))


async def test_a_database_server_without_tls_is_named_where_tls_is_asked_for(footing: Footing) -> None:
    trouble = await trouble_with(f"{footing.live.database_url}?sslmode=require")
    assert type(trouble) is OtherProtocol and "sslmode" in str(trouble)


@asynccontextmanager
async def postgresql_with_the_certificate_of(place: str) -> AsyncIterator[int]:
    """Says yes to TLS as PostgreSQL does (its manual, 'SSL Session Encryption'), and goes on as whoever is at `place`."""
    host, _, port = place.rpartition(":")

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)  # SSLRequest
        writer.write(b"S")
        behind, to_behind = await asyncio.open_connection(host, int(port))
        await asyncio.gather(copy(reader, to_behind), copy(behind, writer), return_exceptions=True)

    own = free_port()
    server = await asyncio.start_server(serve, HOST, own)
    async with server:
        yield own


async def test_a_certificate_of_the_database_that_is_not_trusted_is_named(footing: Footing) -> None:

    async with postgresql_with_the_certificate_of(footing.services_bootstrap) as port:
        url = (
            f"postgresql://somebody@localhost:{port}/x?sslmode=verify-full&sslrootcert={footing.certificate.authority}"
        )
        trouble = await trouble_with(url)
    assert type(trouble) is CertificateRefused
    assert f"the certificate of PostgreSQL at localhost:{port} is not trusted" in str(trouble)
    assert "not valid for 'localhost'" in str(trouble)
