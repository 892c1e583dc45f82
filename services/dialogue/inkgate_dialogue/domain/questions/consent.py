"""A consent: yes or no. The value is True or False. (Its question is the studio's own, so it is in no list here.)"""

from inkgate_dialogue.domain.questions.reading import Reading, Refused, Reply, Understood
from inkgate_dialogue.domain.questions.yes_no import yes_or_no


def parse(reply: Reply) -> Reading:
    said = reply.choice == "yes" if reply.choice in ("yes", "no") else yes_or_no(reply.text)
    return Refused("not_yes_or_no") if said is None else Understood(reply.text, said)
