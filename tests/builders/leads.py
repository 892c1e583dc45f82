"""What a client answers, question by question."""

from msgspec.structs import replace

from inkgate_dialogue import studio_file
from inkgate_dialogue.domain.quiet import QuietHours
from inkgate_dialogue.domain.studio import Artist, Studio

ARTIST = "447700900900"

# A village that the data does not know: a city whose country is clear would skip the next question.
ANSWERS = {
    "idea": "a fox asleep between ferns",
    "placement": "left forearm",
    "dimensions": "8x12cm",
    "style": "fine line",
    "complexity": "2",
    "coverup": "no",
    "reference_images": "no",
    "budget": "£450",
    "location_city": "Little Snoring",
    "location_country": "England",
    "instagram_handle": "@ana.whitfield",
    "travel_city": "same",
    "timing": "flexible",
}
QUESTIONS = tuple(ANSWERS)

NEVER_QUIET = QuietHours(begin="00:00", end="00:00")
_DEFAULT = studio_file.read(None)


def a_studio(**fields: object) -> Studio:
    """The studio that comes with Inkgate, with one artist who hears of things and who settles dates by hand (`slots` is
    none: what is about slots says so), and no quiet hours; `fields` of its file changed."""
    file = replace(_DEFAULT.file, artist=[Artist(number=ARTIST, name="Mia")], quiet_hours=NEVER_QUIET, slots="none")
    return Studio(file=replace(file, **fields), copy=_DEFAULT.copy, copies=_DEFAULT.copies)


STUDIO = a_studio()
