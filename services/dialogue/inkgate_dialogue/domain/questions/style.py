"""Which style; not required: 'not sure' is kept as it is."""

from inkgate_dialogue.domain.questions.reading import Reading, Reply, Understood, free_text


def parse(reply: Reply) -> Reading:
    read = free_text(reply.text)
    return read if isinstance(read, Understood) else Understood("not sure")
