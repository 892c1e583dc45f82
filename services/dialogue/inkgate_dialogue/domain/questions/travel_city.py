"""Another city to be tattooed in; 'same' or 'none' to skip. The value is the city, or None."""

from inkgate_dialogue.domain.questions import location_city
from inkgate_dialogue.domain.questions.reading import SKIPS, Reading, Reply, Understood, bare


def parse(reply: Reply) -> Reading:
    return Understood(reply.text) if bare(reply.text) in SKIPS else location_city.parse(reply)
