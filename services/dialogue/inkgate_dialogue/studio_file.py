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
    check(parsed, str(file), QUESTIONS)
    copies = {language: _copy(file.parent, parsed, language) for language in (parsed.language, *parsed.languages)}
    known = {artist.number for artist in parsed.artist}
    more = [Artist(number=number, name="Artist") for number in artist_numbers if number not in known]
    whole = msgspec.structs.replace(parsed, artist=[*parsed.artist, *more])
    return Studio(file=whole, copy=copies[parsed.language], copies=copies)


def _copy(folder: Path, parsed: File, language: str) -> Copy:
    """The texts of one language: the studio's own file, else the one that comes with Inkgate."""
    copy_file = folder / f"copy.{language}.toml"
    if not copy_file.exists():
        copy_file = HERE / f"copy.{language}.toml"
    return Copy.checked(_parse(copy_file, dict[str, Any]), parsed.questions, parsed.name, str(copy_file))


def _parse(file: Path, kind: Any) -> Any:
    try:
        return msgspec.convert(tomllib.loads(file.read_text()), kind)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise StudioError(f"{file}: {error}") from None
