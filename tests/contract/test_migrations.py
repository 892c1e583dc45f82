"""Each service's migrations are one chain: two heads would leave a database that no replica can bring up to date."""

from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

import inkgate_dialogue
import inkgate_intake
import inkgate_payments
import inkgate_sender


@pytest.mark.parametrize("package", [inkgate_dialogue, inkgate_intake, inkgate_payments, inkgate_sender])
def test_one_chain(package: object) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(package.__file__).parent / "migrations"))  # type: ignore[attr-defined]
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1
