"""The page of a lead: what an operator did can be read there (DOMAIN §5: every action is audited)."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from inkgate_dialogue.console.pages import answers_of, local, page
from inkgate_dialogue.console.story import turns
from tests.builders.leads import STUDIO

AT = "2026-11-23T12:01:07.412Z"
LEAD: dict[str, Any] = {
    "id": "9d7c", "name": "Ana", "phone": "447700900123", "status": "PENDING_APPROVAL", "step": 12, "question": "timing",
    "version": 30, "answers": {}, "flags": [], "opted_out": False, "handover": None, "open_gate": None, "mailbox": 0,
    "deposit": None, "slot": None,
}  # fmt: skip


def shown(**action: Any) -> str:
    taken = {"id": 1, "at": AT, "kind": "action_taken", "intent_id": None, **action}
    return page("lead.html", lead=LEAD, turns=turns([taken]), answers=[], zone=ZoneInfo("Europe/London")).content


def test_an_action_says_who_did_what_and_what_was_before_and_after() -> None:
    text = shown(action="change_deposit", by="mia", changed={"deposit_amount_pence": [15_000, 20_000]})
    assert "change deposit" in text
    assert "by mia" in text
    assert "deposit amount pence: 15000 → 20000" in text


def test_what_was_not_there_before_is_a_dash() -> None:
    assert "deposit state: – → requested" in shown(
        action="approve", by="mia", changed={"deposit_state": [None, "requested"]}
    )


@pytest.mark.parametrize(
    ("at", "zone", "shown_as"),
    [
        ("2026-11-23T12:01:07.412Z", "Europe/London", "2026-11-23 12:01 GMT"),
        ("2026-07-01T23:30:00.000Z", "Europe/London", "2026-07-02 00:30 BST"),
        ("2026-07-01T12:00:00.000Z", "Europe/Madrid", "2026-07-01 14:00 CEST"),
    ],
)
def test_times_are_those_of_the_studios_clock(at: str, zone: str, shown_as: str) -> None:
    assert local(at, ZoneInfo(zone)) == shown_as


def test_a_turns_time_is_told_to_the_millisecond() -> None:
    assert "2026-11-23 12:01:07.412 GMT" in shown(action="approve", by="mia", changed={})


def test_answers_are_told_as_they_were_understood_under_their_labels() -> None:
    lead = {
        "answers": {"dimensions": "palm sized", "location_city": "Leeds", "location_country": "Leeds"},
        "values": {
            "dimensions": {"width_cm": 9.0, "height_cm": 9.0},
            "location_city": "Leeds",
            "location_country": "GB",
        },
    }
    assert answers_of(lead, STUDIO) == [
        ("size", "9 × 9 cm ('palm sized')"),
        ("city", "Leeds"),
        ("country", "United Kingdom"),
    ]
