"""City. The value is its usual English name ('New York City' for 'NYC'), or the name as written where the data does not
know it; its country goes beside it where it can be told, and then the next question is skipped."""

from inkgate_dialogue.domain.questions.places import read_city
from inkgate_dialogue.domain.questions.reading import Reading, Refused, Reply, Understood


def parse(reply: Reply) -> Reading:
    read = read_city(reply.text, reply.setting)
    if isinstance(read, Refused):
        return read
    also = {"location_country": read.country} if read.country else {}
    return Understood(reply.text, read.name, also, sure=read.sure)
