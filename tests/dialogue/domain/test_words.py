"""Words of command (DOMAIN §4): a whole message or a clear request, never inside an answer."""

import pytest

from inkgate_dialogue.domain.words import heard, of
from tests.builders.conversations import NOON
from tests.builders.leads import STUDIO
from tests.builders.messages import written

WORDS = STUDIO.file.words

HEARD = {
    "STOP": {"stop"},
    "stop!!!": {"stop"},
    "Please stop, thanks": {"stop"},
    "UNSUBSCRIBE": {"stop"},
    "opt-out": {"stop"},
    "START": {"start"},
    "yes": {"start"},
    "Yes please": {"start"},
    "CONTINUE": {"start", "resume"},
    "resume": {"start", "resume"},
    "HUMAN": {"human"},
    "artist please": {"human"},
    "I want a refund": {"refund"},
    "delete my data": {"erase"},
    "ＳＴＯＰ": {"stop"},
    "st\u200bop": {"stop"},
}
UNHEARD = (
    "", "   ", "👍", "it should stop at the elbow", "non-stop", "a portrait of a human skull", "start on the left",
    "yes and no", "can I get a refund if I cancel?", "stop " * 20, "please", "hello", "an artist I like",
)  # fmt: skip


@pytest.mark.parametrize(("text", "commands"), HEARD.items())
def test_a_word_of_command_is_a_whole_message(text: str, commands: set[str]) -> None:
    assert heard(text, WORDS) == commands


@pytest.mark.parametrize("text", UNHEARD)
def test_inside_an_answer_it_is_none(text: str) -> None:
    assert heard(text, WORDS) == set()


def test_no_text_is_no_command() -> None:
    assert heard(None, WORDS) == set()


@pytest.mark.parametrize("kind", ["echo", "reaction", "system", "deleted"])
def test_nobody_commands_by_what_is_no_message_of_hers(kind: str) -> None:
    assert of(written("STOP", sequence=1, sent_at=NOON, kind=kind), WORDS) == set()


@pytest.mark.parametrize("kind", ["text", "button", "list", "image", "edited"])
def test_captions_and_buttons_command_too(kind: str) -> None:
    assert of(written("STOP", sequence=1, sent_at=NOON, kind=kind), WORDS) == {"stop"}
