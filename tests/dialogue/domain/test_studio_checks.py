"""What is wrong with a studio file is said at its key, with what would be right (DOMAIN's head)."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from inkgate_dialogue.domain.problem import Problem, nearest
from inkgate_dialogue.domain.studio import Artist, Consent, Region
from inkgate_dialogue.domain.studio_checks import check
from inkgate_dialogue.domain.touring import HomePlace
from tests.builders.leads import STUDIO
from tests.builders.tours import BERLIN, a_stop, a_tour

FILE = STUDIO.file
UK = Region(minimum_pence=40_000, hourly_pence=13_000, countries=["GB"])
REST = Region(minimum_pence=60_000, hourly_pence=15_000)


def with_(section: str, **fields: Any) -> dict[str, Any]:
    return {section: replace(getattr(FILE, section), **fields)}


def test_the_file_that_comes_with_inkgate_is_right() -> None:
    assert check(FILE) == []


@pytest.mark.parametrize(
    ("wrong", "where", "says"),
    [
        ({"name": " "}, "name", "1 to 80"),
        ({"consent": [Consent(key="budget")]}, "consent[1].key", "a name of its own"),
        ({"consent": [Consent(key="Over 18")]}, "consent[1].key", "small letters"),
        ({"consent": [Consent(key="age")] * 2}, "consent[2].key", "twice"),
        ({"tour": a_tour(a_stop("Bern", "CH", "2026-03-06", "2026-03-02"))}, "tour.stops[1].to", "2026-03-06"),
        ({"tour": a_tour(a_stop("Bern", "Suisse", "2026-03-02", "2026-03-06"))}, "tour.stops[1].country", "ISO 3166"),
        ({"tour": a_tour(a_stop("", "CH", "2026-03-02", "2026-03-06"))}, "tour.stops[1].city", "1 to 80"),
        ({"tour": a_tour(a_stop("Bern", "CH", "2026-03-02", "2026-03-06", "x" * 201))}, "tour.stops[1].note", "200"),
        ({"tour": a_tour(BERLIN, BERLIN)}, "tour.stops[2]", "twice"),
        ({"tour": a_tour(countries=["gb"])}, "tour.countries[1]", "'gb'"),
        ({"tour": a_tour(cities=[HomePlace(city="Cork", country="EIRE")])}, "tour.cities[1].country", "'EIRE'"),
        ({"tour": a_tour(cities=[HomePlace(city="")])}, "tour.cities[1].city", "1 to 80"),
        ({"tour": a_tour(opens_days=0)}, "tour.opens_days", "1 or more"),
        ({"tour": a_tour(closes_days=-1)}, "tour.closes_days", "0 or more"),
        ({"time_zone": "Europe/Londn"}, "time_zone", "Europe/London"),
        ({"time_zone": "/etc/passwd"}, "time_zone", "no time zone"),
        ({"time_zone": ""}, "time_zone", "no time zone"),
        ({"currency": "pounds"}, "currency", "ISO 4217"),
        ({"currency": "GBX"}, "currency", "ISO 4217"),
        ({"country": "UK"}, "country", "ISO 3166"),
        ({"budget_minimum_pence": -1}, "budget_minimum_pence", "0 or more"),
        ({"rates": {"EURO": 0.86}}, "rates.EURO", "another currency"),
        ({"rates": {"EUR": 0.0}}, "rates.EUR", "like 0.86, not 0"),
        ({"rates": {"GBP": 1.0}}, "rates.GBP", "another currency than GBP"),
        ({"language": "english"}, "language", "ISO 639"),
        ({"languages": ["en", "EN"]}, "languages[2]", "'EN'"),
        ({"questions": ["idea", "colour"]}, "questions[2]", "known are"),
        ({"questions": ["idea", "placment"]}, "questions[2]", "did you mean 'placement'?"),
        ({"questions": ["idea", "idea"]}, "questions[2]", "twice"),
        ({"questions": []}, "questions", "one question at least"),
        ({"slots": "sometimes"}, "slots", "after_deposit"),
        ({"artist": [Artist(number="+44 7700", name="Mia")]}, "artist[1].number", "+44 7700"),
        ({"artist": [Artist(number="447700900900", name="Mia")] * 2}, "artist[2].number", "twice"),
        ({"allow": ["07700"[:4]]}, "allow[1]", "wa_id"),
        ({"hard_placements": ["Ribs!"]}, "hard_placements[1]", "write 'ribs'"),
        ({"regions": {"UK": UK}}, "regions", "rest of the world"),
        ({"regions": {"UK": UK, "A": REST, "B": REST}}, "regions", "not A and B"),
        ({"regions": {"UK": UK, "A": UK, "B": REST}}, "regions.A.countries[1]", "in UK already"),
        ({"regions": {"UK": replace(UK, countries=["UK"]), "B": REST}}, "regions.UK.countries[1]", "ISO 3166"),
        ({"regions": {"UK": replace(UK, minimum_pence=0), "B": REST}}, "regions.UK.minimum_pence", "1 or more"),
        (with_("deposits", small_pence=5), "deposits.small_pence", "100 or more"),
        (with_("timers", reminders_s=[7200, 3600]), "timers.reminders_s[2]", "more than 7200"),
        (with_("timers", abandoned_s=3600), "timers.abandoned_s", "after the last reminder"),
        (with_("timers", deposit_reminders_s=(7200, 3600)), "timers.deposit_reminders_s[2]", "more than 7200"),
        (with_("timers", approval_stale_s=3600), "timers.approval_stale_s", "after the last reminder"),
        (with_("timers", handover_stale_s=0), "timers.handover_stale_s", "1 or more"),
        (with_("timers", appointment_reminder_s=-1), "timers.appointment_reminder_s", "0 or more"),
        (with_("quiet_hours", begin="9 pm"), "quiet_hours.begin", "like 21:00"),
        (with_("timers", deposit_link_s=86400), "timers.deposit_link_s", "Stripe"),
        (with_("timers", hold_reply_cooldown_s=-1), "timers.hold_reply_cooldown_s", "0 or more"),
        (with_("words", stop=[]), "words.stop", "one word at least"),
        (with_("words", stop=["Stop!"]), "words.stop[1]", "write 'stop'"),
        (with_("words", human=["human", "stop"]), "words.human[2]", "a word of stop already"),
    ],
)
def test_what_is_wrong_is_named_at_its_key(wrong: dict[str, Any], where: str, says: str) -> None:
    found = check(replace(FILE, **wrong))
    assert [(one.where, says in one.says) for one in found] == [(where, True)], found


def test_every_problem_is_said() -> None:
    found = check(replace(FILE, slots="x", currency="y", regions={"UK": UK}))
    assert [one.where for one in found] == ["currency", "slots", "regions"]


def test_checks_take_any_values_of_the_right_types() -> None:
    empty = replace(FILE, questions=[], regions={}, languages=[""], allow=[""], currency="", name="", time_zone="\0")
    assert len(check(empty)) > 5
    assert all(isinstance(one, Problem) for one in check(empty))


def test_the_nearest_known_word_is_offered() -> None:
    assert nearest("langage", ["language", "slots"]) == "; did you mean 'language'?"
    assert nearest("zzz", ["b", "a"]) == "; known are a, b"


def test_a_problem_is_a_value() -> None:
    assert msgspec.json.encode(Problem(("artist", 0, "number"), "x"))
