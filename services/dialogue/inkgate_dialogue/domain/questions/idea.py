"""What tattoo, in detail. A text that is only an amount or only a size belongs to another question."""

from inkgate_dialogue.domain.questions.dimensions import only_size
from inkgate_dialogue.domain.questions.money import only_money
from inkgate_dialogue.domain.questions.reading import Reading, Refused, Reply, free_text


def parse(reply: Reply) -> Reading:
    if only_money(reply.text):
        return Refused("wrong_field")
    if only_size(reply.text):
        return Refused("wrong_field")
    return free_text(reply.text)
