"""Ten whole conversations go as `transcripts/` says. After a wanted change: `make transcripts`, and read the diff."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.dialogue.chats import FOLDER, Chat

CHATS = sorted(FOLDER.glob("*.txt"))


def _named(path: Path) -> str:
    return path.stem


def test_there_are_ten_conversations_in_two_languages() -> None:
    assert len(CHATS) >= 10
    spoken = {chat.language for chat in (Chat(path.read_text("utf-8")) for path in CHATS)}
    assert spoken == {"en", "es"}


@pytest.mark.parametrize("path", CHATS, ids=_named)
def test_a_conversation_goes_as_it_is_written(path: Path) -> None:
    written = path.read_text("utf-8")
    played = Chat(written).played()
    assert played.splitlines() == written.splitlines(), "after a wanted change: make transcripts, and read the diff"


@pytest.mark.parametrize("path", CHATS, ids=_named)
def test_one_other_word_of_ours_is_noticed(path: Path) -> None:
    chat = Chat(path.read_text("utf-8"))
    before = chat.played()
    language = chat.language
    copy = chat.studio.copy_in(language)
    word, other = copy.messages["welcome"].split()[-1], "nothing"
    changed = replace(copy, messages={**copy.messages, "welcome": copy.messages["welcome"].replace(word, other)})
    chat.studio = replace(
        chat.studio,
        copy=changed if language == "en" else chat.studio.copy,
        copies={**chat.studio.copies, language: changed},
    )
    assert chat.played() != before


@pytest.mark.parametrize("path", CHATS, ids=_named)
def test_what_is_not_hers_is_written_anew(path: Path) -> None:
    written = path.read_text("utf-8")
    chat = Chat(written)
    hers = [f"{chat.client}: {words}" if kind == "says" else f"* {words}" for kind, words in chat.lines]
    assert Chat(f"{chat.head}\n\n" + "\n".join(hers)).played() == written


def test_what_nobody_knows_is_named() -> None:
    chat = Chat("A title\nclient: Ana\nlanguage: en\nstudio: the one that comes with Inkgate\n\n* the moon turns blue")
    with pytest.raises(ValueError, match="nothing is known that happens like this: \\* the moon turns blue"):
        chat.played()
