"""Where the keys of a TOML file stand."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkgate_dialogue import studio_file
from inkgate_dialogue.toml_lines import Path, line_of, lines

TEXT = """# a comment = 1
name = "a # b" # another
"quoted key" = 'x'
list = [
  "one", # first
  'two', [3,
  4],
]
point = { x = 1, y = { z = "}" } }
long = \"\"\"
[not.a.table]
key = 1 \\\"\"\"
\"\"\"
raw = '''
a = 2
'''
dotted.key = 2026-01-05 10:00:00

[table.inner]
a=1
[[artist]]
name = "A"

  [[artist]]
  name = "B"
[artist.more]
b = 2
"""

WHERE = {
    ("name",): 2,
    ("quoted key",): 3,
    ("list",): 4,
    ("list", 0): 5,
    ("list", 1): 6,
    ("list", 2, 1): 7,
    ("point",): 9,
    ("point", "y", "z"): 9,
    ("long",): 10,
    ("raw",): 14,
    ("dotted", "key"): 17,
    ("table",): 19,
    ("table", "inner", "a"): 20,
    ("artist", 0): 21,
    ("artist", 0, "name"): 22,
    ("artist", 1): 24,
    ("artist", 1, "name"): 25,
    ("artist", 1, "more", "b"): 27,
}


def paths(value: Any, at: Path = ()) -> set[Path]:
    """Every path that a parsed file has."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {at} | {path for key, item in inner for path in paths(item, (*at, key))}


@pytest.mark.parametrize(("path", "line"), WHERE.items())
def test_every_key_has_its_line(path: Path, line: int) -> None:
    assert lines(TEXT)[path] == line


def test_what_looks_like_a_key_inside_a_text_is_none() -> None:
    assert paths(tomllib.loads(TEXT)) - {()} == set(lines(TEXT))


def test_a_missing_key_is_where_its_table_is() -> None:
    found = lines(TEXT)
    assert line_of(found, ("table", "inner", "missing")) == 19
    assert line_of(found, ("nothing",)) == 1


@pytest.mark.parametrize("file", sorted(studio_file.HERE.glob("*.toml")), ids=lambda file: file.name)
def test_every_key_of_the_files_that_come_with_inkgate_is_found(file: Any) -> None:
    text = file.read_text()
    found = lines(text)
    assert paths(tomllib.loads(text)) - {()} == set(found)
    for path, line in found.items():
        if isinstance(path[-1], str):
            assert path[-1] in text.splitlines()[line - 1]


@given(st.text(alphabet="ab=[]{}.,\"'#\\\n \t1", max_size=60))
def test_it_ends_whatever_it_reads(text: str) -> None:
    found = lines(text)
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(found) <= paths(parsed) | {()}
