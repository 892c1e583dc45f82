"""1 simple, 2 medium, 3 high detail or realism. The value is 1, 2 or 3."""

import re

from inkgate_dialogue.domain.questions.reading import Reading, Refused, Reply, Understood, bare

_WORDS = {
    1: ("1", "one", "simple", "easy", "minimal"),
    2: ("2", "two", "medium", "middle", "moderate"),
    3: ("3", "three", "high", "detailed", "realism", "realistic", "complex", "high detail"),
}


def parse(reply: Reply) -> Reading:
    if reply.choice in ("1", "2", "3"):
        return Understood(reply.text, int(reply.choice))
    words = re.findall(r"\w+", bare(reply.text))
    found = {level for level, names in _WORDS.items() if any(name in words for name in names)}
    return Understood(reply.text, found.pop()) if len(found) == 1 else Refused("no_choice")
