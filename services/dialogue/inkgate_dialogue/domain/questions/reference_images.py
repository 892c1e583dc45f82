"""Pictures, links, or 'no'. Not required: any text is kept."""

from inkgate_dialogue.domain.questions.reading import Reading, Refused, Reply, Understood, bare


def parse(reply: Reply) -> Reading:
    if reply.media:
        return Understood(reply.text or "picture")
    return Understood(reply.text) if bare(reply.text) else Refused("empty")
