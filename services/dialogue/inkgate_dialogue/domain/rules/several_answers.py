"""DOMAIN §1: several answers in one message: she is asked for one at a time, unless the message answers the open question.

It is looked for only where the open question found nothing of its own in the message: then it holds several answers when
it plainly tells two of a size, an amount, a time, a cover-up and a level of detail. It counts as a strike, like any answer
that cannot be taken, so that nobody goes round in circles.
"""

from inkgate_dialogue.domain.questions import Refused, Reply, complexity, coverup, dimensions, money, timing

_PLAIN = 2  # answers that make a message one of several
_NOTHING_FOUND = frozenset(
    {"no_size", "no_choice", "not_yes_or_no", "no_figure", "no_city", "no_country", "no_handle", "no_time"}
)


def instead(refused: Refused, reply: Reply) -> Refused:
    """The reason that is said: `one_at_a_time` where a refused message holds several answers, else its own."""
    if refused.reason not in _NOTHING_FOUND or told(reply) < _PLAIN:
        return refused
    return Refused("one_at_a_time")


def told(reply: Reply) -> int:
    """How many of the questions a message plainly tells something of."""
    return sum(tells(reply) for tells in (dimensions.tells, money.tells, timing.tells, coverup.tells, complexity.tells))
