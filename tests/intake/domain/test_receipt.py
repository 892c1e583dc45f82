"""Statuses of what we sent."""

from typing import Any
from uuid import UUID

import pytest

from inkgate_common.contracts.receipts import GraphError
from inkgate_intake.domain.items import Item, Receipt, Unhandled
from inkgate_intake.domain.receipt import NO_CODE, error_of, tracker_of
from inkgate_intake.domain.webhook import read
from tests.builders import whatsapp

INTENT = "0b8f2d1c-3c44-5a55-9d7e-0a1b2c3d4e5f"


def items(*entries: Any, **parts: Any) -> list[Item]:
    payload = whatsapp.webhook(whatsapp.change(whatsapp.value(statuses=list(entries), **parts)))
    return read(payload, whatsapp.RECEIVED_AT, frozenset({whatsapp.NUMBER_ID}))


def one(entry: Any, **parts: Any) -> Receipt:
    (item,) = items(entry, **parts)
    assert isinstance(item, Receipt)
    return item


def test_a_status_of_a_message_of_ours() -> None:
    entry = whatsapp.status("sent", id="wamid.S", biz_opaque_callback_data=f"{INTENT}:2")
    item = one(entry, contacts=[whatsapp.contact(user=whatsapp.USER_ID)])
    assert (item.wamid, item.status, item.intent_id, item.attempt) == ("wamid.S", "sent", UUID(INTENT), 2)
    assert (item.at, item.person.phone, item.person.user_id) == (whatsapp.SENT_AT, whatsapp.CLIENT, whatsapp.USER_ID)


def test_each_status_of_a_message_is_a_thing_of_its_own() -> None:
    keys = {one(whatsapp.status(name, id="wamid.S")).key for name in ("sent", "delivered", "read")}
    assert len(keys) == 3 and one(whatsapp.status("read", id="wamid.S")).key in keys


def test_a_message_and_a_status_with_one_id_do_not_collide() -> None:
    (message,) = read(
        whatsapp.of_messages(whatsapp.text(id="wamid.S")), whatsapp.RECEIVED_AT, frozenset({whatsapp.NUMBER_ID})
    )
    assert message.key != one(whatsapp.status("sent", id="wamid.S")).key


@pytest.mark.parametrize(
    "data",
    [
        None,
        "",
        "some data",
        INTENT,
        f"{INTENT}:",
        f"{INTENT}:x",
        f"{INTENT}:-1",
        f"{INTENT}:{'9' * 20}",
        "z" * 36 + ":1",
        5,
        {},
    ],
)
def test_a_tracker_that_is_not_ours_is_none(data: Any) -> None:
    assert tracker_of(data) == (None, None)


def test_a_recipient_without_a_number() -> None:
    item = one(whatsapp.status(recipient_id=None, recipient_user_id=whatsapp.USER_ID))
    assert item.person.identifiers == (whatsapp.USER_ID,)


def test_a_failure_says_why() -> None:
    item = one(whatsapp.status("failed", errors=[whatsapp.error(131047, "Re-engagement message")]))
    assert item.errors == [
        GraphError(code=131047, title="Re-engagement message", details="Re-engagement message, they say.")
    ]


@pytest.mark.parametrize(
    ("code", "read_as"), [("131026", 131026), (None, NO_CODE), ("x", NO_CODE), (True, NO_CODE), (2**40, NO_CODE)]
)
def test_the_code_of_an_error(code: Any, read_as: int) -> None:
    assert error_of({"code": code}) == GraphError(code=read_as)


@pytest.mark.parametrize("errors", [None, "x", [None], [[]], {"code": 1}])
def test_errors_of_a_strange_shape(errors: Any) -> None:
    assert one(whatsapp.status("failed", errors=errors)).status == "failed"


def test_a_time_that_is_none_is_the_time_of_receipt() -> None:
    assert one(whatsapp.status(timestamp="soon")).at == whatsapp.RECEIVED_AT


def test_a_status_that_whatsapp_will_invent() -> None:
    assert one(whatsapp.status("tattooed")).status == "tattooed"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (7, "malformed status"),
        (whatsapp.status(id=None), "status without an id or a name"),
        (whatsapp.status(status=None), "status without an id or a name"),
        (whatsapp.status(recipient_id=None), "status without a recipient"),
        (whatsapp.status(recipient_type="group"), "group status"),
    ],
)
def test_what_cannot_be_a_status_is_recorded_and_its_neighbour_goes_on(entry: Any, reason: str) -> None:
    bad, good = items(entry, whatsapp.status())
    assert isinstance(bad, Unhandled) and bad.reason == reason
    assert isinstance(good, Receipt)
