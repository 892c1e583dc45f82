"""A running service takes up a changed studio file, and refuses a bad one while it keeps the old."""

import os
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from inkgate_dialogue import studio_file
from inkgate_dialogue.domain.studio import Studio, StudioError
from inkgate_dialogue.reload import Watch
from tests.builders.conversations import NOON

DEFAULT = (studio_file.HERE / "default.toml").read_text()


class Clock:
    def now(self) -> object:
        return NOON


class Watched:
    """A watch over a folder, and what it did."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "studio.toml"
        self.file.write_text(DEFAULT)
        self.used: list[str] = []
        self.announced: list[str] = []
        self.unreachable = False
        self.watch = Watch(folder, [], Clock(), self._use, self._announce)  # type: ignore[arg-type]

    def _use(self, studio: Studio) -> None:
        self.used.append(studio.file.name)

    async def _announce(self, digest: str, studio: Studio) -> None:
        if self.unreachable:
            raise OSError("no database")
        self.announced.append(digest)

    def named(self, name: str, **more: str) -> None:
        text = DEFAULT.replace("Inkgate Studio", name)
        for old, new in more.items():
            text = text.replace(old, new)
        self.file.write_text(text)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def gauge() -> float | None:
    return REGISTRY.get_sample_value("inkgate_studio_refused")


async def test_what_did_not_change_is_announced_once_and_not_taken_again(watched: Watched) -> None:
    await watched.watch.look()
    os.utime(watched.file)
    await watched.watch.look()
    assert (watched.used, watched.announced) == ([], [watched.watch.digest])


async def test_a_changed_file_is_used(watched: Watched) -> None:
    before = watched.watch.digest
    watched.named("Fern & Fox")
    await watched.watch.look()
    assert (watched.used, watched.watch.studio.file.name) == (["Fern & Fox"], "Fern & Fox")
    assert watched.announced == [watched.watch.digest] != [before]


async def test_a_changed_copy_file_counts_too(watched: Watched) -> None:
    (watched.file.parent / "copy.en.toml").write_text("[messages]\nwelcome = 'Hello!'\n")
    await watched.watch.look()
    assert watched.watch.studio.copy.text("welcome") == "Hello!"


async def test_a_bad_file_is_refused_once_and_the_old_one_kept(watched: Watched) -> None:
    watched.named("Fern & Fox", GBP="BGP")
    await watched.watch.look()
    refused = watched.watch.refused
    assert refused is not None and "currency" in refused.problems[0]
    assert (watched.used, watched.watch.studio.file.name, gauge()) == ([], "Inkgate Studio", 1)
    assert watched.watch.view()["refused"]["problems"] == list(refused.problems)
    await watched.watch.look()
    assert watched.watch.refused is refused
    watched.named("Fern & Fox")
    await watched.watch.look()
    assert (watched.used, watched.watch.refused, gauge()) == (["Fern & Fox"], None, 0)


async def test_a_bad_file_that_is_put_back_is_forgotten(watched: Watched) -> None:
    watched.file.write_text("name =")
    await watched.watch.look()
    assert watched.watch.refused is not None
    watched.file.write_text(DEFAULT)
    await watched.watch.look()
    assert (watched.used, watched.watch.refused, gauge()) == ([], None, 0)


async def test_a_file_that_is_gone_is_refused_until_it_is_back(watched: Watched) -> None:
    watched.file.unlink()
    await watched.watch.look()
    assert watched.watch.refused is not None and "cannot be read" in watched.watch.refused.problems[0]
    watched.named("Fern & Fox")
    await watched.watch.look()
    assert (watched.used, watched.watch.refused) == (["Fern & Fox"], None)


async def test_it_is_announced_when_the_database_is_back(watched: Watched) -> None:
    watched.unreachable = True
    watched.named("Fern & Fox")
    with pytest.raises(OSError):
        await watched.watch.look()
    assert watched.used == ["Fern & Fox"]
    watched.unreachable = False
    await watched.watch.look()
    assert watched.announced == [watched.watch.digest]
    assert watched.used == ["Fern & Fox"]


def test_a_service_does_not_start_with_a_bad_file(tmp_path: Path) -> None:
    (tmp_path / "studio.toml").write_text("name = 1")
    with pytest.raises(StudioError):
        Watch(tmp_path, [], Clock(), print, print)  # type: ignore[arg-type]
