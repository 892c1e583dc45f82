"""Cover-up, rework or touch-up? The value is True or False."""

from inkgate_dialogue.domain.questions.reading import Reading, Refused, Reply, Understood, bare, yes_or_no

_WORK = ("cover up", "coverup", "rework", "touch up", "touchup")


def parse(reply: Reply) -> Reading:
    if reply.choice in ("yes", "no"):
        return Understood(reply.text, reply.choice == "yes")
    said, words = yes_or_no(reply.text), bare(reply.text)
    if said is None and any(word in words for word in _WORK):
        said = not words.startswith("not ")
    return Refused("not_yes_or_no") if said is None else Understood(reply.text, said)
