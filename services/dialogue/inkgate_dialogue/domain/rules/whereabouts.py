"""DOMAIN §1, city and country: a corrected city and the country that stands beside it.

A city that tells its country answers the next question too, which is then skipped. Where she corrects the city, a country
that the new one tells takes the place of the old one. One that does not tell it leaves a country that she gave herself; a
country that had come with the old city goes with it, and is asked for.
"""

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.questions import Understood
from inkgate_dialogue.domain.turn import Turn

CITY, COUNTRY = "location_city", "location_country"


def after_city(turn: Turn, before: Lead, key: str, reading: Understood) -> None:
    """A new city that does not tell its country, where the old one had. `before` is the lead as it was."""
    if key != CITY or COUNTRY in reading.also or COUNTRY not in before.answers:
        return
    came_along = before.answers[COUNTRY] == before.answers.get(CITY)
    if came_along and before.values.get(CITY) != reading.value:
        turn.record(
            e.AnswerRecorded(lead_id=before.id, key=COUNTRY, text="", at=turn.now, correction=True, withdrawn=True)
        )
