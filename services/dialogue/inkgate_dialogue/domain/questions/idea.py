"""What tattoo, in detail. A text that is only an amount or only a size belongs to another question (DOMAIN §1)."""

import re

from inkgate_dialogue.domain.questions.dimensions import only_size
from inkgate_dialogue.domain.questions.money import only_money
from inkgate_dialogue.domain.questions.reading import Reading, Refused, Reply, free_text, squeezed

# A number of three digits and more, and no year, is an amount here too.
_AMOUNT = re.compile(r"(?!(?:19|20)\d\d$)[1-9]\d{0,2}(?:,?\d{3}|\d\d|(?:\.\d)?k)")


def parse(reply: Reply) -> Reading:
    if (
        _AMOUNT.fullmatch(squeezed(reply.text))
        or only_money(reply.text, reply.setting)
        or only_size(reply.text, reply.setting)
    ):
        return Refused("wrong_field", {"said": squeezed(reply.text)})
    return free_text(reply.text)
