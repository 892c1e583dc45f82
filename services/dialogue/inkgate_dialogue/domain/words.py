"""Words of command: STOP, START, CONTINUE, HUMAN, REFUND, DELETE MY DATA. They count as a whole message, with nothing but
polite words around them, never inside an answer ('it should stop at the elbow')."""

from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain.questions.reading import bare
from inkgate_dialogue.domain.studio_words import Words

NONE: frozenset[str] = frozenset()
_LONGEST = 60

# Nobody speaks in these: the artist on her own phone, a reaction, WhatsApp itself, a message taken back.
SPEECHLESS = frozenset({"echo", "reaction", "system", "deleted"})
# What WhatsApp cannot hand over and nobody said either ('Unsupported messages webhook reference', unsupported.type).
# `request_welcome`: she opened the chat and has said nothing yet.
_GESTURES = frozenset({"edit", "revoke", "reaction", "pin", "keep_in_chat", "poll_update", "request_welcome"})


def speechless(message: MessageReceived) -> bool:
    """Whether nobody speaks in it: it is kept and shown, opens nothing, and gets no answer."""
    if message.kind in SPEECHLESS:
        return True
    kind = message.details.get("type") if message.kind in ("unsupported", "unknown") else None
    return isinstance(kind, str) and kind in _GESTURES


def of(message: MessageReceived, words: Words) -> frozenset[str]:
    """The commands that a client's message is."""
    return NONE if speechless(message) else heard(message.text, words)


def heard(text: str | None, words: Words) -> frozenset[str]:
    """The commands that `text` is: `stop`, `start`, `resume`, `human`, `refund`, `erase`."""
    if not text or len(text) > _LONGEST:
        return NONE
    said = bare(text)
    found = words.commands.get(said)
    if found is not None or words.politely.isdisjoint(said.split()):
        return found or NONE
    for polite in words.polite:
        said = f" {said} ".replace(f" {polite} ", " ", 1).strip() if said != polite else said
    return words.commands.get(said, NONE)
