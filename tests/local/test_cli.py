"""The command `inkgate`."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from inkgate import cli


def test_help_names_every_command_that_is_there_and_loads_none() -> None:
    code = (
        "import sys; from inkgate import cli\ntry: cli.main(['--help'])\nexcept SystemExit: print(sorted(sys.modules))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for command in cli.COMMANDS:
        if command.is_there():
            assert re.search(rf"\n    {command.name}\s", output)
            assert f"'{command.module}'" not in output


def test_no_command_is_an_error() -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([])
    assert ended.value.code == 2
