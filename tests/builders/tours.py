"""Studios that tour. Conversations under test begin on 5 January 2026."""

from datetime import date
from typing import Any

from inkgate_dialogue.domain.studio import Studio
from inkgate_dialogue.domain.touring import HomePlace, Stop, Touring
from tests.builders.leads import a_studio


def a_stop(city: str, country: str, starts: str, ends: str, note: str = "") -> Stop:
    return Stop(city=city, country=country, starts=date.fromisoformat(starts), ends=date.fromisoformat(ends), note=note)


BERLIN = a_stop("Berlin", "DE", "2026-03-02", "2026-03-06", "Guests in Kreuzberg.")
LYON = a_stop("Lyon", "FR", "2026-04-13", "2026-04-17")
NICE = a_stop("Nice", "FR", "2026-05-11", "2026-05-11")
TOKYO = a_stop("Tokyo", "JP", "2026-02-02", "2026-02-20")


def a_tour(*stops: Stop, **more: Any) -> Touring:
    """At home in Britain and in Dublin."""
    return Touring(
        **{"countries": ["GB"], "cities": [HomePlace(city="Dublin", country="IE")], "stops": list(stops), **more}
    )


def on_tour(*stops: Stop, **more: Any) -> Studio:
    """A studio that stops there; `opens_days` and the like by name."""
    return a_studio(tour=a_tour(*stops, **more))
