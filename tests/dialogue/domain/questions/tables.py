"""How the tables of the questions are read: what was written → what was understood, or why not."""

from typing import Any

from inkgate_dialogue.domain.questions import QUESTIONS
from inkgate_dialogue.domain.questions.reading import Refused, Reply

# Written by nobody in particular: no parser may raise on any of it, or take long.
AWKWARD = (
    "", " ", "\n", "?", "…", "-", "-5", "0", "👍",
    "👩‍🎨🏽", "\u200b\u200d\ufeff", "\u202eevil\u202c", "null", "None", "ﷺ" * 300,
    "a" * 4_096, "1" * 4_096, "1 " * 2_048, " " * 4_096, "a" + " " * 4_094 + "a", "1" + " " * 4_094 + "x",
    "-" * 4_096, "£" * 4_096, "1," * 2_048, "1.1x" * 1_024, "k " * 2_048, "१" * 4_096, "100 " * 1_024,
    "(" * 4_096, "a.b" * 1_300, "@" * 4_096, "½ × ¼", "８×１２", "௧௨", "inf", "NaN", "1e999", "9" * 400 + " cm x 1",
    "£" + "9" * 400, "{text}", "%s", "\\d+", "' or 1=1 --", "İstanbul", "ß", "ﬁne line", "\x00\x01",
)  # fmt: skip


def read(question: str, text: str, *, choice: str | None = None, media: bool = False) -> Any:
    """What was understood of it, or `Refused`."""
    reading = QUESTIONS[question](Reply(text.strip(), choice, media))
    return reading if isinstance(reading, Refused) else reading.value


def refuses(question: str, text: str) -> str | None:
    """Why it is no answer; None where it is one."""
    reading = QUESTIONS[question](Reply(text.strip()))
    return reading.reason if isinstance(reading, Refused) else None
