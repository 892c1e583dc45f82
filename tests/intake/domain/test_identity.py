"""Who is who (PROTOCOL §2, Identity)."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from inkgate_common import ids
from inkgate_intake.domain.identity import Known, Linked, Name, Namer, Place, Plan, Remembered, place
from inkgate_intake.domain.items import Link, Message, Person, Placed, Receipt

NUMBER_ID = "106540352242922"
NAMER = Namer(b"a key of a test, long enough")
PHONE, NEW_PHONE, ARTIST = "447700900123", "447700900456", "447700900999"
USER, NEW_USER = "GB.1", "GB.2"
OLD, YOUNG = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)

BY_PHONE = NAMER.conversation(NUMBER_ID, PHONE, 0)
BY_USER = NAMER.conversation(NUMBER_ID, USER, 0)


def person(phone: str | None = None, user: str | None = None, previous: tuple[str, ...] = ()) -> Person:
    return Person(phone, user, tuple(found for found in (phone, user) if found), previous)


def message(who: Person, kind: str = "text") -> Message:
    return Message(
        key=b"", person=who, phone_number_id=NUMBER_ID, message_id="wamid.1", sent_at=OLD, kind=kind, text=None, choice=None,
        media=None, reply_to=None, profile_name=None, details={},
    )  # fmt: skip


def receipt(who: Person) -> Receipt:
    return Receipt(
        key=b"", person=who, phone_number_id=NUMBER_ID, wamid="wamid.2", status="sent", intent_id=None, attempt=None, at=OLD,
        errors=[],
    )  # fmt: skip


def name(identifier: str) -> Name:
    return NAMER.name(NUMBER_ID, identifier)


def known(**found: Known) -> dict[Name, Known]:
    """What the tables say: `phone=…, user=…, new_phone=…`."""
    identifiers = {"phone": PHONE, "user": USER, "new_phone": NEW_PHONE, "new_user": NEW_USER, "artist": ARTIST}
    return {name(identifiers[key]): value for key, value in found.items()}


def placed(
    *items: Placed,
    given: dict[Name, Known] | None = None,
    remembered: dict[Name, Remembered] | None = None,
    artists: frozenset[str] = frozenset({ARTIST}),
) -> Plan:
    pairs = [(item, NAMER.names(NUMBER_ID, item.person)) for item in items]
    return place(pairs, given or {}, remembered or {}, artists, NAMER)


def test_a_conversation_id_says_nothing_and_depends_on_everything() -> None:
    made = {
        NAMER.conversation(NUMBER_ID, PHONE, 0),
        NAMER.conversation(NUMBER_ID, PHONE, 1),
        NAMER.conversation(NUMBER_ID, USER, 0),
        NAMER.conversation("other", PHONE, 0),
        Namer(b"another key of a test").conversation(NUMBER_ID, PHONE, 0),
    }
    assert len(made) == 5
    assert {one.version for one in made} == {8} and {one.variant for one in made} == {"specified in RFC 4122"}


def test_the_first_identifier_names_the_conversation_and_the_others_are_aliases() -> None:
    plan = placed(message(person(PHONE, USER)))
    assert plan.places == [Place(BY_PHONE, False)]
    assert {found.conversation for found in plan.aliases.values()} == {BY_PHONE}
    assert set(plan.aliases) == {name(PHONE), name(USER)}
    assert plan.linked == []


def test_without_a_number_the_user_id_names_it() -> None:
    assert placed(message(person(None, USER))).places == [Place(BY_USER, False)]


def test_a_user_id_is_never_normalised() -> None:
    plan = placed(message(person(None, "GB.a")), message(person(None, "GB.A")))
    assert plan.places[0] != plan.places[1]


def test_who_is_known_changes_nothing() -> None:
    here = Known(BY_PHONE, OLD)
    plan = placed(message(person(PHONE, USER)), given=known(phone=here, user=here))
    assert plan.places == [Place(BY_PHONE, False)] and not plan.changes


def test_a_payload_that_carries_both_links_them() -> None:
    plan = placed(message(person(PHONE, USER)), given=known(phone=Known(BY_PHONE, OLD)))
    assert plan.places == [Place(BY_PHONE, False)]
    assert plan.aliases == {name(USER): Known(BY_PHONE, OLD)}
    assert plan.linked == [Linked(0, BY_PHONE)]


def test_who_was_seen_by_user_id_first_keeps_that_conversation() -> None:
    plan = placed(message(person(None, USER)), message(person(PHONE, USER)), message(person(PHONE)))
    assert [one.conversation for one in plan.places] == [BY_USER] * 3
    assert plan.linked == [Linked(1, BY_USER)]


def test_two_conversations_that_are_one_person_the_older_takes_all_that_follows() -> None:
    given = known(phone=Known(BY_PHONE, YOUNG), user=Known(BY_USER, OLD))
    plan = placed(message(person(PHONE, USER)), message(person(PHONE)), given=given)
    assert [one.conversation for one in plan.places] == [BY_USER, BY_USER]
    assert set(plan.closed) == {BY_PHONE} and plan.closed[BY_PHONE].conversation == BY_USER
    assert plan.linked == [Linked(0, BY_PHONE, closed_into=BY_USER), Linked(0, BY_USER, took_over=(BY_PHONE,))]
    assert plan.aliases[name(PHONE)].conversation == BY_USER


def test_of_two_that_began_in_one_batch_the_first_is_the_older() -> None:
    plan = placed(message(person(None, USER)), message(person(PHONE)), message(person(PHONE, USER)))
    assert [one.conversation for one in plan.places] == [BY_USER, BY_PHONE, BY_USER]
    assert plan.linked[-1].took_over == (BY_PHONE,)


def test_what_was_closed_into_a_closed_one_follows_it() -> None:
    by_new = NAMER.conversation(NUMBER_ID, NEW_PHONE, 0)
    given = known(
        phone=Known(BY_PHONE, YOUNG), user=Known(BY_USER, YOUNG + timedelta(days=1)), new_phone=Known(by_new, OLD)
    )
    plan = placed(message(person(PHONE, USER)), message(person(NEW_PHONE, USER)), given=given)
    assert {loser: winner.conversation for loser, winner in plan.closed.items()} == {BY_USER: by_new, BY_PHONE: by_new}
    assert {found.conversation for found in plan.aliases.values()} == {by_new}


def test_a_changed_number_keeps_the_conversation() -> None:
    change = message(person(NEW_PHONE, previous=(PHONE,)), "system")
    plan = placed(change, message(person(NEW_PHONE)), given=known(phone=Known(BY_PHONE, OLD)))
    assert [one.conversation for one in plan.places] == [BY_PHONE, BY_PHONE]
    assert plan.linked == [Linked(0, BY_PHONE)]
    assert plan.aliases[name(PHONE)].superseded and not plan.aliases[name(NEW_PHONE)].superseded


def test_a_changed_number_that_is_told_after_she_wrote_from_it() -> None:
    by_new = NAMER.conversation(NUMBER_ID, NEW_PHONE, 0)
    given = known(phone=Known(BY_PHONE, OLD), new_phone=Known(by_new, YOUNG))
    plan = placed(message(person(NEW_PHONE, previous=(PHONE,)), "system"), given=given)
    assert plan.places == [Place(BY_PHONE, False)]
    assert plan.closed[by_new].conversation == BY_PHONE


def test_a_late_message_from_her_old_number_is_still_hers() -> None:
    given = known(phone=Known(BY_PHONE, OLD, superseded=True), user=Known(BY_PHONE, OLD, superseded=True))
    assert placed(message(person(PHONE, USER)), given=given).places == [Place(BY_PHONE, False)]
    assert placed(message(person(PHONE)), given=given).places == [Place(BY_PHONE, False)]


def test_a_given_up_number_with_a_strangers_user_id_is_a_stranger() -> None:
    given = known(phone=Known(BY_PHONE, OLD, superseded=True), new_phone=Known(BY_PHONE, OLD))
    plan = placed(message(person(PHONE, NEW_USER)), message(person(PHONE)), given=given)
    stranger = NAMER.conversation(NUMBER_ID, NEW_USER, 0)
    assert [one.conversation for one in plan.places] == [stranger, stranger]
    assert plan.linked == [] and not plan.closed
    assert not plan.aliases[name(PHONE)].superseded


def test_a_user_id_update_links_without_a_message() -> None:
    update = Link(
        key=b"", person=person(None, NEW_USER, (USER,)), phone_number_id=NUMBER_ID, message_id="update", sent_at=OLD
    )
    plan = placed(update, message(person(None, NEW_USER)), given=known(user=Known(BY_USER, OLD)))
    assert [one.conversation for one in plan.places] == [BY_USER, BY_USER]
    assert plan.linked == [Linked(0, BY_USER)]


def test_an_artists_number_is_never_a_client() -> None:
    plan = placed(message(person(ARTIST, USER)), message(person(None, USER)))
    own = ids.artist_conversation(NUMBER_ID, ARTIST)
    assert plan.places == [Place(own, True), Place(own, True)]
    assert plan.linked == []


def test_who_was_a_client_before_she_became_an_artist() -> None:
    plan = placed(message(person(ARTIST)), given=known(artist=Known(BY_PHONE, OLD)))
    assert plan.places == [Place(ids.artist_conversation(NUMBER_ID, ARTIST), True)]
    assert not plan.closed


def test_who_is_an_artist_no_longer() -> None:
    own = ids.artist_conversation(NUMBER_ID, ARTIST)
    given = known(artist=Known(own, OLD, artist=True))
    plan = placed(message(person(ARTIST)), given=given, artists=frozenset())
    assert plan.places == [Place(NAMER.conversation(NUMBER_ID, ARTIST, 0), False)]


def test_an_erased_person_comes_back_as_somebody_new_and_her_opt_out_is_remembered() -> None:
    remembered = {name(PHONE): Remembered(2, True), name(USER): Remembered(1, True)}
    plan = placed(message(person(PHONE, USER)), remembered=remembered)
    back = NAMER.conversation(NUMBER_ID, PHONE, 2)
    assert plan.places == [Place(back, False)]
    assert plan.opted_out == {back} and plan.recalled == {name(PHONE), name(USER)}


def test_an_erased_person_who_had_not_opted_out() -> None:
    plan = placed(message(person(PHONE)), remembered={name(PHONE): Remembered(1, False)})
    assert plan.places == [Place(NAMER.conversation(NUMBER_ID, PHONE, 1), False)] and not plan.opted_out


def test_a_receipt_goes_where_its_recipient_is() -> None:
    plan = placed(receipt(person(PHONE)), given=known(phone=Known(BY_USER, OLD)))
    assert plan.places == [Place(BY_USER, False)] and not plan.changes


def test_a_receipt_of_a_stranger_begins_nothing() -> None:
    plan = placed(receipt(person(PHONE, USER)))
    assert plan.places == [Place(BY_PHONE, False)] and not plan.changes


def test_a_receipt_of_an_artist() -> None:
    plan = placed(receipt(person(ARTIST)))
    assert plan.places == [Place(ids.artist_conversation(NUMBER_ID, ARTIST), True)] and not plan.changes


def test_a_receipt_that_carries_both_links_them_too() -> None:
    plan = placed(receipt(person(PHONE, USER)), message(person(None, USER)), given=known(phone=Known(BY_PHONE, OLD)))
    assert [one.conversation for one in plan.places] == [BY_PHONE, BY_PHONE]
    assert plan.linked == [Linked(0, BY_PHONE)]


@pytest.mark.parametrize("again", [person(PHONE), person(None, USER), person(PHONE, USER)])
def test_placing_the_same_again_changes_nothing(again: Person) -> None:
    first = placed(message(person(PHONE, USER)))
    given = {key: msgspec.structs.replace(found, since=OLD) for key, found in first.aliases.items()}
    assert not placed(message(again), given=given).changes
