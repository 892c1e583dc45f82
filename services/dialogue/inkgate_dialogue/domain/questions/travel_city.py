"""Another city to be tattooed in; 'same' or 'none' to skip. The value is the city, or None."""

from inkgate_dialogue.domain.questions import location_city
from inkgate_dialogue.domain.questions.reading import SKIPS, Reading, Reply, Understood, bare


def parse(reply: Reply) -> Reading:
    if bare(reply.text) in SKIPS:
        return Understood(reply.text)
    read = location_city.parse(reply)
    # The country beside it is where she travels to, not where she lives.
    return Understood(read.text, read.value) if isinstance(read, Understood) else read
