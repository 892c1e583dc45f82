"""What goes into a build of the image: what .dockerignore names, and nothing secret or large beside it."""

from __future__ import annotations

from pathlib import Path

from tests.images import ROOT, context_files

SENT = {"README.md", "deploy", "libs", "pyproject.toml", "services", "tools"}
BYTES_MAX = 5_000_000


def test_only_what_the_build_needs_is_sent() -> None:
    paths = [path for path in context_files() if not path.startswith("deploy/wheels/")]
    assert {path.split("/")[0] for path in paths} == SENT
    assert [path for path in paths if path.startswith("deploy/")] == [
        "deploy/build.lock",
        "deploy/runtime.lock",
        "deploy/trim.py",
    ]
    assert sum((ROOT / path).stat().st_size for path in paths) < BYTES_MAX


def test_secrets_data_and_history_stay_out(tmp_path: Path) -> None:
    kept, left = ["services/intake/app.py"], [
        ".env", ".git/config", ".inkgate/secrets.json", ".venv/bin/python", "build/uv/bin/uv", "deploy/compose.yaml",
        "intake.env", "services/intake/.env", "services/intake/__pycache__/app.cpython-311.pyc", "tests/images.py",
    ]  # fmt: skip
    for path in [*kept, *left]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")
    assert context_files(tmp_path) == kept
