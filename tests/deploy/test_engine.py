"""How the tests find a container engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine import NO_ENGINE, container_engine, needed_engine


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    container_engine.cache_clear()
    yield
    container_engine.cache_clear()


def test_where_none_answers_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    assert container_engine() is None


def test_what_needs_one_is_skipped_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    with pytest.raises(pytest.skip.Exception, match="container engine") as skipped:
        needed_engine()
    assert str(skipped.value) == NO_ENGINE


def test_an_address_that_makes_no_sense_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "nonsense")
    assert container_engine() is None


def test_an_engine_says_its_name_and_version() -> None:
    engine = needed_engine()
    assert engine.name.split()[-1][0].isdigit()
    client = engine.client()
    try:
        assert client.ping()
    finally:
        client.close()
