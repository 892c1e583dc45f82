"""The examples of docs/studio.md are valid, and every key that they show exists."""

import re
from pathlib import Path

import pytest

from inkgate_dialogue import studio_file

TEXT = (Path(__file__).parents[2] / "docs/studio.md").read_text()
EXAMPLES = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 10


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_is_a_valid_file(example: str, tmp_path: Path) -> None:
    named = re.match(r"# (copy\.\w\w\.toml)\n", example)
    (tmp_path / (named[1] if named else "studio.toml")).write_text(example)
    if named:
        (tmp_path / "studio.toml").write_text("name = 'Fern & Fox'")
    assert studio_file.read(tmp_path).file.name == "Fern & Fox"


def test_every_section_has_a_word() -> None:
    """A key of the file that no example shows is in the generated table all the same; a whole section must be explained."""
    from inkgate_dialogue.domain.studio import File

    missing = [name for name in File.__struct_encode_fields__ if name not in TEXT]
    assert missing == []
