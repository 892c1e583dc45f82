"""An amount in one figure, at least the studio's least budget. The value is pence of the studio's currency.

Another currency is refused unless the studio file has a rate for it: then it is converted, and she is told.
"""

from inkgate_dialogue.domain.questions import money
from inkgate_dialogue.domain.questions.reading import Reading, Reply


def parse(reply: Reply) -> Reading:
    return money.pence(reply.text, reply.setting)
