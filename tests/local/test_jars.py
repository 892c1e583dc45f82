"""Jars are pinned: one that is different, missing or unknown is refused. No network: the fetching is a fake."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from inkgate.local import JarRefused
from inkgate.local.jars import PinnedJar, kafka_jars, read_pins

CONTENT = {"one-1.0.jar": b"the first", "two-2.0.jar": b"the second"}


@pytest.fixture
def pin_file(tmp_path: Path) -> Path:
    path = tmp_path / "pins"
    lines = []
    for name, content in CONTENT.items():
        artifact, _, version = name.removesuffix(".jar").partition("-")
        lines.append(f"{hashlib.sha256(content).hexdigest()}  org.example:{artifact}:{version}\n")
    path.write_text("# pinned\n" + "".join(lines))
    return path


class FakeRepository:
    """Hands out files with that content, and counts."""

    def __init__(self, content: dict[str, bytes]) -> None:
        self.content = content
        self.asked: list[str] = []

    def fetch(self, jar: PinnedJar, folder: Path) -> Path:
        self.asked.append(jar.filename)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / jar.filename
        path.write_bytes(self.content[jar.filename])
        return path


@pytest.fixture
def get(tmp_path: Path, pin_file: Path) -> Callable[[FakeRepository], Path]:
    def call(repository: FakeRepository) -> Path:
        return kafka_jars(lambda _: None, cache=tmp_path / "cache", pin_file=pin_file, fetch=repository.fetch)

    return call


def test_fetched_once_and_then_offline(get: Callable[[FakeRepository], Path]) -> None:
    repository = FakeRepository(CONTENT)
    with ThreadPoolExecutor(4) as at_once:
        folders = set(at_once.map(get, [repository] * 4))
    assert sorted(repository.asked) == sorted(CONTENT)
    assert len(folders) == 1
    assert {path.name: path.read_bytes() for path in folders.pop().iterdir()} == CONTENT
    assert get(FakeRepository({})).is_dir()


def test_a_wrong_checksum_is_refused(get: Callable[[FakeRepository], Path], tmp_path: Path) -> None:
    with pytest.raises(JarRefused, match=r"two-2\.0\.jar.*checksum"):
        get(FakeRepository({**CONTENT, "two-2.0.jar": b"not the second"}))
    # Nothing of it is kept, and the right one is taken.
    assert get(FakeRepository(CONTENT)).is_dir()


def test_a_jar_that_was_changed_later_is_refused(get: Callable[[FakeRepository], Path]) -> None:
    folder = get(FakeRepository(CONTENT))
    (folder / "one-1.0.jar").write_bytes(b"changed")
    with pytest.raises(JarRefused, match=r"one-1\.0\.jar.*checksum"):
        get(FakeRepository(CONTENT))


def test_a_missing_jar_is_refused(get: Callable[[FakeRepository], Path]) -> None:
    folder = get(FakeRepository(CONTENT))
    (folder / "one-1.0.jar").unlink()
    with pytest.raises(JarRefused, match=r"one-1\.0\.jar is missing"):
        get(FakeRepository(CONTENT))


def test_an_unknown_jar_is_refused(get: Callable[[FakeRepository], Path]) -> None:
    folder = get(FakeRepository(CONTENT))
    (folder / "three-3.0.jar").write_bytes(b"what is this")
    with pytest.raises(JarRefused, match=r"three-3\.0\.jar .* not a pinned jar"):
        get(FakeRepository(CONTENT))


def test_a_pin_file_with_a_bad_line_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pins"
    path.write_text("abc  org.example:one:1.0\n")
    with pytest.raises(JarRefused, match="not a pinned jar"):
        read_pins(path)


def test_kafka_itself_is_pinned() -> None:
    names = [jar.filename for jar in read_pins()]
    assert "kafka_2.13-4.3.1.jar" in names
    assert len(set(names)) == len(names)
