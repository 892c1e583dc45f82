"""The page of a lead: what an operator did can be read there (DOMAIN §5: every action is audited)."""

from typing import Any

from inkgate_dialogue.console.pages import page
from inkgate_dialogue.console.story import turns

AT = "2026-11-23T12:01:07.412Z"
LEAD: dict[str, Any] = {
    "id": "9d7c", "name": "Ana", "phone": "447700900123", "status": "PENDING_APPROVAL", "step": 12, "question": "timing",
    "version": 30, "answers": {}, "flags": [], "opted_out": False, "handover": None, "open_gate": None, "mailbox": 0,
    "deposit": None, "slot": None,
}  # fmt: skip


def shown(**action: Any) -> str:
    taken = {"id": 1, "at": AT, "kind": "action_taken", "intent_id": None, **action}
    return page("lead.html", lead=LEAD, turns=turns([taken])).content


def test_an_action_says_who_did_what_and_what_was_before_and_after() -> None:
    text = shown(action="change_deposit", by="mia", changed={"deposit_amount_pence": [15_000, 20_000]})
    assert "change deposit" in text
    assert "by mia" in text
    assert "deposit amount pence: 15000 → 20000" in text


def test_what_was_not_there_before_is_a_dash() -> None:
    assert "deposit state: – → requested" in shown(
        action="approve", by="mia", changed={"deposit_state": [None, "requested"]}
    )
