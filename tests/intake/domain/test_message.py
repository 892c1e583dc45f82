"""Who wrote, and when."""

from datetime import timedelta
from typing import Any

import pytest

from inkgate_intake.domain.items import Item, Link, Message, Person, Unhandled
from inkgate_intake.domain.webhook import read
from tests.builders import whatsapp

OURS = frozenset({whatsapp.NUMBER_ID})
OTHER = "447700900456"


def items(payload: dict[str, Any]) -> list[Item]:
    return read(payload, whatsapp.RECEIVED_AT, OURS)


def one(entry: dict[str, Any], *contacts: dict[str, Any]) -> Message:
    (item,) = items(whatsapp.of_messages(entry, contacts=list(contacts)))
    assert isinstance(item, Message)
    return item


def test_the_sender_with_all_her_identifiers() -> None:
    item = one(whatsapp.text(), whatsapp.contact(user=whatsapp.USER_ID, name="Ann"))
    assert item.person == Person(whatsapp.CLIENT, whatsapp.USER_ID, (whatsapp.CLIENT, whatsapp.USER_ID))
    assert (item.phone_number_id, item.profile_name) == (whatsapp.NUMBER_ID, "Ann")


def test_a_sender_with_a_user_name_and_no_number() -> None:
    entry = whatsapp.text(**{"from": None, "from_user_id": whatsapp.USER_ID})
    contact = whatsapp.contact(None, whatsapp.USER_ID, profile={"name": "Ann", "username": "@ann"})
    item = one(entry, contact)
    assert item.person == Person(None, whatsapp.USER_ID, (whatsapp.USER_ID,))
    assert item.details == {"username": "@ann"}


def test_a_sender_that_only_the_contact_names() -> None:
    assert one(whatsapp.text(**{"from": None}), whatsapp.contact()).person.phone == whatsapp.CLIENT


def test_a_number_that_is_written_in_two_ways() -> None:
    """`from` and `wa_id` may differ (Mexico, Brazil, Argentina)."""
    item = one(whatsapp.text(**{"from": "5215512345678"}), whatsapp.contact("525512345678"))
    assert item.person.phone == "5215512345678"
    assert item.person.identifiers == ("5215512345678", "525512345678")


def test_a_plus_sign_is_no_part_of_a_number_and_a_user_id_is_never_touched() -> None:
    entry = whatsapp.text(**{"from": "+447700900123", "from_user_id": "GB.aB/c=+ "})
    assert one(entry).person.identifiers == ("447700900123", "GB.aB/c=+ ")


def test_each_message_of_a_webhook_belongs_to_its_own_sender() -> None:
    payload = whatsapp.of_messages(
        whatsapp.text(),
        whatsapp.text(**{"from": OTHER}),
        contacts=[whatsapp.contact(OTHER, "GB.2", name="Bo"), whatsapp.contact(user="GB.1", name="Ann")],
    )
    first, second = items(payload)
    assert isinstance(first, Message) and isinstance(second, Message)
    assert (first.person.user_id, first.profile_name) == ("GB.1", "Ann")
    assert (second.person.user_id, second.profile_name) == ("GB.2", "Bo")


def test_one_contact_is_never_given_to_two_senders() -> None:
    payload = whatsapp.of_messages(
        whatsapp.text(), whatsapp.text(**{"from": OTHER}), contacts=[whatsapp.contact(user="GB.1")]
    )
    first, second = items(payload)
    assert isinstance(first, Message) and isinstance(second, Message)
    assert (first.person.user_id, second.person.user_id) == ("GB.1", None)


@pytest.mark.parametrize("seconds", [0, 1, 300])
def test_whatsapps_clock_counts(seconds: int) -> None:
    at = whatsapp.RECEIVED_AT.replace(microsecond=0) + timedelta(seconds=seconds)
    item = one(whatsapp.text(timestamp=whatsapp.stamp(at)))
    assert (item.sent_at, item.details) == (at, {})


@pytest.mark.parametrize("number", [1_762_077_600, 1_762_077_600.0])
def test_a_time_may_be_a_number(number: float) -> None:
    assert one(whatsapp.text(timestamp=number)).sent_at.timestamp() == number


@pytest.mark.parametrize(
    "wrong", ["soon", "-5", -5, "", "1e5", [], True, "9" * 5000, "99999999999", 10**30, 1.7e308, "٣٤٥", "1793613903"]
)
def test_a_time_that_is_none_or_lies_ahead_is_the_time_of_receipt(wrong: Any) -> None:
    item = one(whatsapp.text(timestamp=wrong))
    assert item.sent_at == whatsapp.RECEIVED_AT
    assert "timestamp" in item.details


def test_no_time_at_all() -> None:
    assert one(whatsapp.text(timestamp=None)).sent_at == whatsapp.RECEIVED_AT


def test_messages_of_one_webhook_stand_in_the_order_in_which_they_were_written() -> None:
    later, early = whatsapp.stamp(whatsapp.SENT_AT), whatsapp.stamp(whatsapp.SENT_AT - timedelta(seconds=5))
    bodies = [("c", later), ("a", early), ("d", later), ("b", early)]
    found = items(whatsapp.of_messages(*(whatsapp.text(body, timestamp=at) for body, at in bodies)))
    assert [item.text for item in found if isinstance(item, Message)] == ["a", "b", "c", "d"]


def test_a_changed_number() -> None:
    item = one(whatsapp.changed_number(whatsapp.CLIENT, OTHER))
    assert item.kind == "system"
    assert item.person == Person(OTHER, None, (OTHER,), (whatsapp.CLIENT,))
    assert item.details["previous"] == [whatsapp.CLIENT]


def test_a_changed_number_brings_a_new_user_id() -> None:
    entry = whatsapp.changed_number(whatsapp.CLIENT, OTHER, user_id="GB.2")
    assert one(entry | {"from_user_id": "GB.1"}).person == Person(
        OTHER, "GB.2", (OTHER, "GB.2"), (whatsapp.CLIENT, "GB.1")
    )


def test_a_changed_user_id_without_any_number_is_read_from_the_sentence() -> None:
    system = {"type": "user_changed_user_id", "user_id": "GB.2b", "body": "User Ann changed from GB.1a to GB.2b"}
    item = one(whatsapp.message("system", system, **{"from": None}))
    assert item.person == Person(None, "GB.2b", ("GB.2b",), ("GB.1a",))


def test_a_name_cannot_pretend_a_change() -> None:
    name = "Eve changed from GB.victim to GB.eve2"
    system = {
        "type": "user_changed_user_id",
        "user_id": "GB.eve2",
        "body": f"User {name} changed from GB.eve1 to GB.eve2",
    }
    assert one(whatsapp.message("system", system, **{"from": None})).person.previous == ("GB.eve1",)


def test_a_system_message_about_nothing_new() -> None:
    item = one(whatsapp.message("system", {"type": "customer_identity_changed", "body": "…"}))
    assert item.person == Person(whatsapp.CLIENT, None, (whatsapp.CLIENT,))


def test_a_user_id_update_is_a_link() -> None:
    update = {"wa_id": whatsapp.CLIENT, "user_id": {"previous": "GB.1", "current": "GB.2"}, "timestamp": "1762077600"}
    (item,) = items(whatsapp.webhook(whatsapp.change(whatsapp.value(user_id_update=[update]), "user_id_update")))
    assert isinstance(item, Link)
    assert item.person == Person(whatsapp.CLIENT, "GB.2", (whatsapp.CLIENT, "GB.2"), ("GB.1",))


def test_what_the_artist_writes_on_her_phone_stands_in_the_clients_conversation() -> None:
    (item,) = items(whatsapp.of_echoes(whatsapp.echo()))
    assert isinstance(item, Message)
    assert (item.kind, item.text, item.person.phone) == ("echo", "See you on Friday", whatsapp.CLIENT)
    assert item.details == {"type": "text", "from": whatsapp.NUMBER}


def test_an_echo_to_somebody_without_a_number() -> None:
    (item,) = items(whatsapp.of_echoes(whatsapp.echo(to=None, to_user_id=whatsapp.USER_ID)))
    assert isinstance(item, Message) and item.person.identifiers == (whatsapp.USER_ID,)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("text", "malformed message"),
        (None, "malformed message"),
        ({"from": "1"}, "message without an id"),
        (whatsapp.text(id=5), "message without an id"),
        (whatsapp.text(**{"from": None}), "no sender"),
        (whatsapp.text(**{"from": "a\x00"}), "no sender"),
        (whatsapp.text(group_id="g"), "group message"),
    ],
)
def test_what_cannot_be_a_message_is_recorded_and_its_neighbour_goes_on(entry: Any, reason: str) -> None:
    bad, good = items(whatsapp.of_messages(entry, whatsapp.text("hello")))
    assert isinstance(bad, Unhandled) and bad.reason == reason
    assert isinstance(good, Message) and good.text == "hello"
