"""Which footing it is, and that it can always be told why."""

from pathlib import Path

import pytest

from tests.integration import containers
from tests.integration.containers import kafka_variable
from tests.integration.footing import SETTING, NoContainers, choose


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No container engine answers."""
    monkeypatch.setattr(containers, "container_engine", lambda: None)


def test_without_an_engine_it_is_processes_and_says_so(
    no_engine: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    footing = choose(tmp_path)
    assert footing.kind == "processes"
    assert "no container engine answers" in str(footing) and "PostgreSQL 18" in str(footing)


def test_containers_that_were_asked_for_by_name_are_not_replaced(
    no_engine: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(SETTING, "containers")
    with pytest.raises(NoContainers, match="no container engine answers"):
        choose(tmp_path)


def test_another_word_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(SETTING, "docker")
    with pytest.raises(ValueError, match="auto, containers, processes"):
        choose(tmp_path)


@pytest.mark.parametrize(
    ("setting", "variable"),
    [
        ("node.id", "KAFKA_NODE_ID"),
        ("listener.name.x.scram-sha-512.sasl.jaas.config", "KAFKA_LISTENER_NAME_X_SCRAM___SHA___512_SASL_JAAS_CONFIG"),
        ("a_b.c", "KAFKA_A__B_C"),
    ],
)
def test_a_setting_of_kafkas_is_the_variable_that_its_image_reads(setting: str, variable: str) -> None:
    assert kafka_variable(setting) == variable
