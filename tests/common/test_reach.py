"""A client of Kafka's that fails again and again is told of when there is something new. Why it fails is asked of a real
Kafka in tests/integration/test_let_in.py."""

import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from inkgate_common import reach
from inkgate_common.errors import CertificateRefused, SignInRefused, Unreachable
from inkgate_common.settings import KafkaSettings
from tests.fakes.proxy import certificate_and_key, needs_openssl

AWAY = Unreachable("Kafka at kafka:9092 does not answer: connection refused")
REFUSED = SignInRefused("Kafka at kafka:9092 does not let 'inkgate-sender' sign in")


class World:
    """A clock, a log, and what is found where somebody looks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 1_000.0
        self.found: Unreachable | None = AWAY
        self.looks = 0
        self.lines: list[tuple[str, Any]] = []

        async def kafka(_: KafkaSettings) -> Unreachable | None:
            self.looks += 1
            return self.found

        monkeypatch.setattr(reach, "kafka", kafka)
        self.watch = reach.Watch(KafkaSettings(kafka_bootstrap="kafka:9092"), self, self)

    def monotonic(self) -> float:
        return self.now_s

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.now_s, UTC)

    def warning(self, event: str, **fields: Any) -> None:
        self.lines.append((event, fields))

    info = warning

    async def fails(self, after_s: float) -> list[tuple[str, Any]]:
        """What is logged of a failure that much later."""
        self.now_s += after_s
        await self.watch.failed("producer replaced", ConnectionRefusedError())
        lines, self.lines = self.lines, []
        return lines


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


async def test_the_first_failure_is_told_at_once_with_its_reason(world: World) -> None:
    assert await world.fails(0) == [
        ("producer replaced", {"error": "ConnectionRefusedError", "tries": 1, "reason": str(AWAY)})
    ]
    assert world.watch.trouble is AWAY


async def test_the_same_failure_is_told_once_a_minute_with_the_number_of_tries(world: World) -> None:
    told = [line for _ in range(240) for line in await world.fails(0.5)]
    assert [fields["tries"] for _, fields in told] == [1, 121]


async def test_kafka_is_not_asked_at_each_failure(world: World) -> None:
    for _ in range(41):
        await world.fails(0.5)
    assert world.looks == 3, "at 0, 10 and 20 s"


async def test_another_reason_is_told_when_it_is_found(world: World) -> None:
    await world.fails(0)
    world.found = REFUSED
    assert await world.fails(1) == []
    assert [fields["reason"] for _, fields in await world.fails(9)] == [str(REFUSED)]


async def test_a_client_that_is_back_is_told_once_and_fails_anew_the_next_time(world: World) -> None:
    world.watch.well()
    assert world.lines == [], "it was never away"
    await world.fails(0)
    await world.fails(0.5)
    world.now_s += 2
    world.watch.well()
    world.watch.well()
    assert world.lines == [("Kafka is back", {"after_s": 2.5, "tries": 2})]
    assert world.watch.trouble is None
    world.lines.clear()
    assert [fields["tries"] for _, fields in await world.fails(1)] == [1]


@needs_openssl
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=lambda version: version.name)
async def test_a_server_that_wants_a_certificate_of_ours_is_told_apart(tmp_path: Path, version: ssl.TLSVersion) -> None:
    certificate, key = certificate_and_key(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=certificate)
    tls.load_cert_chain(certificate, key)
    tls.verify_mode, tls.maximum_version = ssl.CERT_REQUIRED, version

    def shake_hands(listening: socket.socket) -> None:
        """In a thread: asyncio's server hangs up without telling why."""
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:  # it is closed
                return
            with tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as secured:
                with suppress(OSError):
                    secured.do_handshake()
                socket.socket.shutdown(secured, socket.SHUT_WR)
                with suppress(OSError):
                    while socket.socket.recv(secured, 1_000):  # or what it has said would be taken back
                        pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=shake_hands, args=(listening,), daemon=True).start()
        where = f"127.0.0.1:{listening.getsockname()[1]}"
        trouble = await reach.kafka(
            KafkaSettings(kafka_bootstrap=where, kafka_security_protocol="SSL", kafka_ssl_cafile=str(certificate))
        )
        listening.shutdown(socket.SHUT_RDWR)
    assert isinstance(trouble, CertificateRefused)
    assert where in str(trouble) and "INKGATE_KAFKA_SSL_CERTFILE" in str(trouble)
