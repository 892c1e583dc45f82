"""What tattoo, in detail. A text that is only an amount or only a size belongs to another question."""

from inkgate_dialogue.domain.questions.dimensions import only_size
from inkgate_dialogue.domain.questions.money import only_money
from inkgate_dialogue.domain.questions.reading import Reading, Refused, Reply, free_text


def parse(reply: Reply) -> Reading:
    if only_money(reply.text):
        return Refused("budget_only")
    if only_size(reply.text):
        return Refused("size_only")
    return free_text(reply.text)
