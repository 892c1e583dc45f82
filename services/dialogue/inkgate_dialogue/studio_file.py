"""Reads the studio file and its copy, validated as a whole. The core gets values only."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from inkgate_dialogue.domain.copy import Copy
from inkgate_dialogue.domain.questions import QUESTIONS
from inkgate_dialogue.domain.studio import Artist, File, Studio, StudioError, check

HERE = Path(__file__).parent / "studio"


def read(path: Path | None, artist_numbers: Sequence[str] = ()) -> Studio:
    """The studio from a file (None: the one that comes with Inkgate), with further artists by their numbers. Raises
    StudioError or CopyError naming file and problem."""
    file = path or HERE / "default.toml"
    if file.is_dir():
        file = file / "studio.toml"
    parsed = _parse(file, File)
    copy_file = file.parent / f"copy.{parsed.language}.toml"
    if not copy_file.exists():
        copy_file = HERE / f"copy.{parsed.language}.toml"
    copy = Copy.checked(_parse(copy_file, dict[str, Any]), parsed.questions, parsed.name, str(copy_file))
    check(parsed, str(file), QUESTIONS)
    known = {artist.number for artist in parsed.artist}
    more = [Artist(number=number, name="Artist") for number in artist_numbers if number not in known]
    return Studio(file=msgspec.structs.replace(parsed, artist=[*parsed.artist, *more]), copy=copy)


def _parse(file: Path, kind: Any) -> Any:
    try:
        return msgspec.convert(tomllib.loads(file.read_text()), kind)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise StudioError(f"{file}: {error}") from None
