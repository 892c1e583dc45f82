"""A client of Kafka's that fails again and again is told of when there is something new. Why it fails is asked of a real
Kafka in tests/integration/test_let_in.py."""

from datetime import UTC, datetime
from typing import Any

import pytest

from inkgate_common import reach
from inkgate_common.errors import SignInRefused, Unreachable
from inkgate_common.settings import KafkaSettings

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
