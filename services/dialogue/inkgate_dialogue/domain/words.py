"""Words of command: STOP, START, CONTINUE, HUMAN, REFUND, DELETE MY DATA. They count as a whole message, with nothing but
polite words around them, never inside an answer ('it should stop at the elbow')."""

from typing import Literal

from inkgate_dialogue.domain.questions.reading import bare
from inkgate_dialogue.domain.studio import Words

Command = Literal["stop", "start", "resume", "human", "refund", "erase"]
_LONGEST = 60


def heard(text: str | None, words: Words) -> frozenset[Command]:
    """The commands that `text` is; several may share a word (CONTINUE starts and resumes)."""
    if not text or len(text) > _LONGEST:
        return frozenset()
    said = bare(text)
    for polite in words.polite:
        said = f" {said} ".replace(f" {polite} ", " ", 1).strip() if said != polite else said
    tables: dict[Command, list[str]] = {
        "stop": words.stop,
        "start": words.start,
        "resume": words.resume,
        "human": words.human,
        "refund": words.refund,
        "erase": words.erase,
    }
    return frozenset(command for command, names in tables.items() if said in names)
