"""An amount of at least £50, in one figure. The value is pence."""

from inkgate_dialogue.domain.questions import money
from inkgate_dialogue.domain.questions.reading import Reading, Reply


def parse(reply: Reply) -> Reading:
    return money.understood(reply.text)
