"""Next 2–4 weeks, 1–2 months, or flexible. The value is weeks, months or flexible."""

import re

from inkgate_dialogue.domain.questions.reading import Reading, Refused, Reply, Understood, bare

_WORDS = (
    ("flexible", r"\b(flexible|whenever|any ?time|no rush|open)\b"),
    ("weeks", r"\b(weeks?|asap|soon|now|this month|next month)\b"),
    ("months", r"\b(months?)\b"),
)
_CHOICES = {"1": "weeks", "2": "months", "3": "flexible"}


def parse(reply: Reply) -> Reading:
    words = bare(reply.text)
    if (reply.choice or words) in _CHOICES:
        return Understood(reply.text, _CHOICES[reply.choice or words])
    found = [value for value, pattern in _WORDS if re.search(pattern, words)]
    return Understood(reply.text, found[0]) if found else Refused("no_time")
