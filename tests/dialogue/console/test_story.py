"""A lead's timeline as the console tells it."""

from typing import Any

from inkgate_dialogue.console.story import turns

WROTE, CAME, LATER = "2026-11-23T12:01:07.412Z", "2026-11-23T12:01:07.455Z", "2026-11-23T12:01:08.100Z"


def item(kind: str, at: str = WROTE, intent_id: str | None = None, **more: Any) -> dict[str, Any]:
    return {"id": kind, "at": at, "kind": kind, "intent_id": intent_id, **more}


def a_turn() -> list[dict[str, Any]]:
    return [
        item("message_received"),
        item("message_created", intent_id="a"),
        item("message_accepted", CAME, "a"),
        item("message_sent", CAME, "a"),
        item("gate_closed", CAME, "a", how="applied"),
        item("step_advanced", CAME, "a"),
    ]


def kinds(turn: dict[str, Any]) -> list[str]:
    return [each["kind"] for each in turn["items"]]


def test_a_delivery_and_the_gate_it_opened_are_one_row() -> None:
    (turn,) = turns(a_turn())
    assert kinds(turn) == ["message_received", "message_created", "message_sent", "step_advanced"]
    assert turn["items"][2]["gate"] == "applied"
    assert turn["took_ms"] == 43


def test_receipts_are_folded_into_their_message_and_the_furthest_counts() -> None:
    seen = [item("message_seen", LATER, "a", status=status) for status in ("sent", "read", "delivered")]
    (turn,) = turns([*a_turn(), *seen])
    assert turn["items"][1]["seen"] == "read"
    assert "message_seen" not in kinds(turn)


def test_a_failure_its_gate_and_its_flag_are_one_row() -> None:
    failed = [
        *a_turn()[:2],
        item("message_failed", CAME, "a", code="131026"),
        item("gate_closed", CAME, "a", how="failed"),
        item("flagged", CAME, flag="send_failed", on=True),
    ]
    (turn,) = turns(failed)
    assert kinds(turn) == ["message_received", "message_created", "message_failed"]
    assert turn["items"][2]["gate"] == "failed"


def test_an_operators_act_begins_a_turn_and_is_read_before_what_it_did() -> None:
    told = turns([*a_turn(), item("message_created", LATER, "b"), item("action_taken", LATER, "b", action="resend")])
    assert [kinds(turn) for turn in told[1:]] == [["action_taken", "message_created"]]


def test_nothing_is_changed_in_what_was_given() -> None:
    given = a_turn()
    turns([*given, item("message_seen", LATER, "a", status="read")])
    assert given == a_turn()
