"""The artist's own line (DOMAIN §4): notices go out on it, and she never becomes a lead."""

from uuid import UUID

from inkgate_common import ids
from inkgate_common.contracts.commands import NoticeRequested
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.studio import Artist
from tests.builders.conversations import Conversing
from tests.builders.leads import ARTIST, a_studio
from tests.builders.messages import NAME, NUMBER, PHONE
from tests.dialogue.checks import (
    leads,
    no_gate,
    opted_out,
    says,
    says_nothing,
    sending,
    tells_the_artist,
    text,
    verdict,
    waiting,
)
from tests.dialogue.language import a_lead_at, answers_until, given
from tests.dialogue.steps import delivered, mode, she_says


def writes(said: str | None, **more: object) -> object:
    return she_says(said, audience="artist", from_=ARTIST, **more)


def line() -> given:
    return given(audience="artist")


def a_notice(world: Conversing) -> None:
    world.happens(
        NoticeRequested(
            lead_id=UUID(int=7), notice="completed", to=ARTIST, text="A new enquiry waits.", phone_number_id=NUMBER
        )
    )


def test_what_she_writes_is_answered_with_the_commands_there_are() -> None:
    line().when(writes("hello")).then(says("artist_line"), leads(0), verdict("artist"), no_gate())


def test_stop_is_no_opt_out_on_her_line() -> None:
    line().when(writes("STOP")).then(opted_out(False), says("artist_line"))


def test_a_reaction_of_hers_is_not_answered() -> None:
    line().when(writes(None, kind="reaction")).then(says_nothing())


def test_a_notice_goes_out_to_her_number_and_gates_nothing() -> None:
    line().when(a_notice).then(
        says("notice:completed"), sending(audience="artist", to=ARTIST, gating=False, queue="business"), no_gate()
    )


def test_a_notice_knows_until_when_a_plain_text_may_be_sent_to_her() -> None:
    known = line().when(writes("hello"), a_notice).world
    newest = list(known.intents())[-1]
    assert newest.window_expires_at == known.state.window_expires_at
    assert newest.window_expires_at is not None


def test_notices_are_not_held_up_by_panic() -> None:
    line().when(mode(panic=True), a_notice).then(says("notice:completed"), waiting(0))
    given().when(mode(panic=True), a_notice).then(says("notice:completed"), waiting(0))  # the first thing on that line


def test_a_notice_tells_who_and_what_was_answered() -> None:
    done = given(*answers_until("timing"), she_says("flexible")).when(delivered())
    told = next(data for _, data in done.world.emitted if isinstance(data, NoticeRequested))
    for part in (NAME, PHONE, "8x12cm", "a fox asleep between ferns"):
        assert part in told.text


def test_it_is_asked_for_on_the_artists_own_conversation() -> None:
    done = given(*answers_until("timing"), she_says("flexible")).when(delivered()).world
    keys = [key for key, data in done.emitted if isinstance(data, NoticeRequested)]
    assert keys == [str(ids.artist_conversation(NUMBER, ARTIST))]


def test_every_artist_of_the_studio_is_told_once() -> None:
    two = a_studio(artist=[Artist(number=ARTIST, name="Mia"), Artist(number="447700900901", name="Jo")])
    given(*answers_until("timing"), she_says("flexible"), studio=two).when(delivered()).then(
        tells_the_artist("completed", "completed")
    )


def test_a_notice_says_why() -> None:
    given(a_lead_at("style"), she_says("HUMAN")).when(delivered()).then(tells_the_artist("handover"))
    asked = given(a_lead_at("style"), she_says("HUMAN"), delivered()).world
    told = [data.text for _, data in asked.emitted if isinstance(data, NoticeRequested)]
    assert "she asks for you" in told[0]


def test_her_messages_are_shown() -> None:
    line().when(writes("hello")).then(text("This line takes"))
    shown = line().when(writes("hello")).world
    assert [fact.verdict for fact in shown.facts() if isinstance(fact, e.MessageReceived)] == ["artist"]
