"""`inkgate dlq`: what could not be handled is listed with its reason, and brought back."""

import argparse
import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from inkgate import dlq_command
from inkgate.local.environment import SERVICES, Surroundings
from inkgate_common.migrate import make_database, upgrade
from tests.common.conftest import Read, World, handled, number

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
async def databases(installation: Surroundings, migrations: Path) -> None:
    """Every service has one: the command asks them all what became of an event."""
    for service in SERVICES:
        url = installation.of(service)["INKGATE_DATABASE_URL"]
        await make_database(url)
        await upgrade(url, migrations)


@pytest.fixture
async def around(
    databases: None, world: World, installation: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Surroundings]:
    made = replace(
        installation,
        topic_prefix=world.settings.topic_prefix,
        extra={**installation.extra, "INKGATE_TOPIC_PARTITIONS": "2"},
    )
    await world.make_topics("intents")
    monkeypatch.setattr(dlq_command, "where", lambda args: made)
    yield made


async def command(*arguments: str) -> int:
    """Run it as the shell does; its exit code."""
    parser = argparse.ArgumentParser()
    dlq_command.add_arguments(parser)
    args = parser.parse_args([*arguments, "--topic", "intents"])
    return await asyncio.to_thread(dlq_command.run, args)


async def test_dead_letters_are_listed_and_replayed(
    around: Surroundings, world: World, anna: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, worse = number(anna, 1), number(anna, 2)
    junk = Read(world.settings.topic("intents"), 0, 0, b"k", b"no event", [])
    world.handler.poison = {bad.id, worse.id}
    async with world.process.consuming(topics=["intents"]), world.process.relaying():
        await world.publish(bad, worse, number(anna, 3), junk)
        await world.handler.until(1)
        await world.on_topic(f"{world.settings.topic('intents')}.dlq", 3)

        assert await command("list") == 0
        listed = capsys.readouterr().out
        assert f"{bad.id}  dead  inkgate.intent.cancelled" in listed and "ValueError: it is poisoned" in listed
        assert f"conversation {anna}, from {world.settings.topic('intents')}/" in listed
        [count] = re.findall(r"^(\d+) dead letters$", listed, re.MULTILINE)
        assert "not a CloudEvent" in listed and int(count) >= 3  # more where one was published twice, as may be

        world.handler.poison = {worse.id}
        assert await command("replay", str(bad.id)) == 0
        await world.handler.until(2)
        assert (await world.taken(anna))[-1:] == handled(1)

        capsys.readouterr()
        await command("list")
        listed = capsys.readouterr().out
        assert str(bad.id) not in listed and str(worse.id) in listed and "1 more that were handled since" in listed

        world.handler.poison = set()
        assert await command("replay", "--all") == 0
        await world.handler.until(3)
    assert await world.taken(anna) == [("dead", 1), ("dead", 2), *handled(3, 1, 2)]


async def test_what_is_not_there_cannot_be_replayed(
    around: Surroundings, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await command("replay") == 1
    unknown = uuid4()
    assert await command("replay", str(unknown)) == 1
    assert f"there is no dead letter {unknown}" in capsys.readouterr().err


async def test_a_topic_that_does_not_exist_is_one_line(
    around: Surroundings, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    dlq_command.add_arguments(parser)
    args = parser.parse_args(["list", "--topic", "leads"])
    assert await asyncio.to_thread(dlq_command.run, args) == 2
    assert capsys.readouterr().err.count("\n") == 1
