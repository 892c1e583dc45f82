"""What becomes of a message that is not plain words."""

from typing import Any

import pytest
from msgspec.structs import replace

from inkgate_common.contracts.inbound import Media, MessageReceived
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.rules.kinds import KINDS, kind_of
from inkgate_dialogue.domain.transitions import STATUSES
from tests.builders.conversations import NOON
from tests.builders.leads import STUDIO, a_studio
from tests.builders.messages import picture, written
from tests.dialogue.checks import (
    answer,
    flag,
    gate,
    handover,
    lead_is,
    leads,
    no_gate,
    recorded,
    says,
    says_nothing,
    status,
    step,
    strikes,
    tells_the_artist,
    text,
    value,
    verdict,
)
from tests.dialogue.language import a_lead_at, a_lead_in, answers_until, given
from tests.dialogue.steps import Step, delivered, fails, she_says, stands_in, time_passes

VOICE: dict[str, Any] = {"kind": "audio", "media": Media(id="voice-1", mime_type="audio/ogg", voice=True)}
STICKER: dict[str, Any] = {"kind": "sticker", "media": Media(id="sticker-1", mime_type="image/webp")}
CONTACT: dict[str, Any] = {"kind": "contacts", "details": {"contacts": [{"name": {"formatted_name": "Bo"}}]}}
ORDER: dict[str, Any] = {"kind": "order", "details": {"product_items": []}}
POLL: dict[str, Any] = {"kind": "unsupported", "details": {"type": "poll_creation"}}
ODD: dict[str, Any] = {"kind": "unknown", "details": {"type": "hologram"}}
PIN: dict[str, Any] = {"kind": "location", "details": {"latitude": 53.8, "longitude": -1.55}}
STUDIO_PIN: dict[str, Any] = {
    "kind": "location",
    "details": {"latitude": 53.8, "longitude": -1.55, "name": "Leeds", "address": "12 Park Row, Leeds LS1 5HD, UK"},
}
LOST: dict[str, Any] = {"kind": "image", "details": {"errors": [{"code": 131052, "title": "Media download error"}]}}

THINGS = [STICKER, CONTACT, ORDER, POLL, ODD, PIN, STUDIO_PIN]


def sends(what: dict[str, Any], **more: Any) -> Step:
    return she_says(None, **{**what, **more})


# --- pictures ----------------------------------------------------------------------------------------------------------


@pytest.mark.domain("1.media")
@pytest.mark.parametrize("kind", ["image", "video", "document"])
def test_a_picture_at_the_wrong_step_is_kept_and_acknowledged_and_the_question_is_asked_again(kind: str) -> None:
    given(a_lead_at("dimensions")).when(sends(picture(), kind=kind)).then(
        says("media_wrong_step"),
        text("How big"),
        gate("none"),
        step("dimensions"),
        strikes("dimensions", 0),
        lead_is(media=[{"kind": kind, "id": "media-1", "mime_type": "image/jpeg"}]),
        verdict("media"),
    )


@pytest.mark.domain("1.media")
def test_a_caption_is_the_answer_and_its_picture_is_kept_once() -> None:
    given(a_lead_at("dimensions")).when(she_says("8x12cm", **picture())).then(
        answer("dimensions", "8x12cm"),
        gate("step 2 → 3"),
        lead_is(media=[{"kind": "image", "id": "media-1", "mime_type": "image/jpeg"}]),
    )


@pytest.mark.domain("1.media")
def test_a_picture_whose_caption_cannot_be_read_is_kept_all_the_same() -> None:
    given(a_lead_at("dimensions")).when(she_says("about so big?", **picture())).then(
        strikes("dimensions", 1), lead_is(media=[{"kind": "image", "id": "media-1", "mime_type": "image/jpeg"}])
    )


@pytest.mark.domain("1.media")
def test_an_album_at_the_wrong_step_is_thanked_for_once() -> None:
    given(a_lead_at("dimensions"), sends(picture("a"))).when(
        sends(picture("b"), after_s=1), delivered(), sends(picture("c"), after_s=2)
    ).then(says_nothing(), no_gate(), step("dimensions"), verdict("kept", "kept"))


@pytest.mark.domain("1.media")
def test_a_picture_much_later_is_thanked_for_again() -> None:
    given(a_lead_at("dimensions"), sends(picture("a")), delivered(), time_passes(minutes=2)).when(
        sends(picture("b"))
    ).then(says("media_wrong_step"))


@pytest.mark.domain("1.media")
def test_the_rest_of_an_album_of_reference_pictures_is_added_to_them_without_a_word() -> None:
    given(a_lead_at("reference_images"), sends(picture("a")), delivered()).when(sends(picture("b"), after_s=2)).then(
        says_nothing(), step("budget"), verdict("added"), recorded(e.AnswerRecorded, key="reference_images")
    )


@pytest.mark.domain("1.media")
def test_a_picture_is_a_reference_picture_where_they_are_asked_for() -> None:
    given(a_lead_at("reference_images")).when(sends(picture())).then(
        answer("reference_images", "picture"), gate("step 6 → 7")
    )


@pytest.mark.domain("1.media")
def test_a_first_message_that_is_a_picture_is_welcomed_and_the_picture_kept() -> None:
    given().when(sends(picture())).then(
        says("welcome"), lead_is(media=[{"kind": "image", "id": "media-1", "mime_type": "image/jpeg"}])
    )


@pytest.mark.domain("4.kinds")
@pytest.mark.parametrize("where", ["PENDING_APPROVAL", "BOOKED"])
def test_a_picture_while_she_waits_is_kept_and_gets_the_status_reply(where: str) -> None:
    given(a_lead_in(where)).when(sends(picture())).then(
        lead_is(media=[{"kind": "image", "id": "media-1", "mime_type": "image/jpeg"}]), gate("none"), status(where)
    )


# --- what can be no answer ---------------------------------------------------------------------------------------------


@pytest.mark.domain("4.kinds")
def test_a_voice_note_cannot_be_listened_to_and_she_is_asked_to_write() -> None:
    given(a_lead_at("style")).when(sends(VOICE)).then(
        says("voice_note"),
        text("voice notes", "Which style?"),
        gate("none"),
        step("style"),
        strikes("style", 0),
        lead_is(media=[{"kind": "audio", "id": "voice-1", "mime_type": "audio/ogg"}]),
        verdict("voice_note"),
    )


@pytest.mark.domain("4.kinds")
@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: str(thing["kind"]))
def test_a_sticker_a_contact_an_order_a_poll_and_the_like_are_kept_and_she_is_asked_to_write(
    thing: dict[str, Any],
) -> None:
    given(a_lead_at("style")).when(sends(thing)).then(
        says("not_an_answer"), gate("none"), step("style"), strikes("style", 0), recorded(e.Kept, counts=True)
    )


@pytest.mark.domain("4.kinds")
@pytest.mark.parametrize("what", [VOICE, STICKER], ids=["voice", "sticker"])
def test_a_voice_note_or_a_sticker_is_no_reference_picture(what: dict[str, Any]) -> None:
    given(a_lead_at("reference_images")).when(sends(what)).then(
        answer("reference_images", None), step("reference_images"), gate("none")
    )


@pytest.mark.domain("4.kinds", "3.5")
def test_after_two_voice_notes_at_one_question_the_artist_takes_over() -> None:
    given(a_lead_at("style"), sends(VOICE), delivered(), sends(VOICE), delivered()).when(sends(VOICE)).then(
        says("handover"), gate("QUALIFYING → NEEDS_ARTIST_REPLY"), verdict("unread_limit"), tells_the_artist()
    ).when(delivered()).then(
        status("NEEDS_ARTIST_REPLY"),
        handover("audio instead of an answer to style"),
        tells_the_artist("handover"),
    )


@pytest.mark.domain("4.kinds", "3.5")
def test_where_that_handover_cannot_be_sent_nothing_has_changed() -> None:
    given(a_lead_at("style"), sends(VOICE), delivered(), sends(VOICE), delivered(), sends(VOICE)).when(fails()).then(
        status("QUALIFYING"), step("style"), handover(None), flag("send_failed"), tells_the_artist("send_failed")
    )


@pytest.mark.domain("4.kinds")
def test_an_answer_clears_the_count_of_voice_notes() -> None:
    given(a_lead_at("style"), sends(VOICE), delivered(), she_says("fine line")).when(delivered()).then(
        lead_is(unread={})
    )


@pytest.mark.domain("4.kinds")
def test_the_studio_says_how_often_she_is_asked_to_write() -> None:
    strict = a_studio(messages=replace(STUDIO.file.messages, unread_max=0))
    given(*answers_until("style"), studio=strict).when(sends(VOICE)).then(says("handover"))


@pytest.mark.domain("4.kinds")
def test_a_voice_note_from_before_the_question_is_kept_without_a_word() -> None:
    given(a_lead_at("style")).when(sends(VOICE, after_s=0.5, written_s_ago=1.5)).then(says_nothing(), verdict("kept"))


@pytest.mark.domain("4.kinds")
def test_a_failed_question_goes_out_again_instead_of_a_word_about_her_voice_note() -> None:
    given(a_lead_at("style"), she_says("fine line"), fails()).when(sends(VOICE)).then(
        says("ask"), gate("step 3 → 4"), verdict("sent_again")
    )


@pytest.mark.domain("4.kinds")
@pytest.mark.parametrize("what", [VOICE, STICKER, POLL], ids=["voice", "sticker", "poll"])
@pytest.mark.parametrize("where", ["TOUR_CONVERSION_OFFERED", "COLLECTING_TIME_WINDOWS"])
def test_where_another_status_asks_something_she_is_asked_to_write_too(where: str, what: dict[str, Any]) -> None:
    copy = kind_of_sent(what)
    given(a_lead_at("timing"), stands_in(where)).when(sends(what)).then(says(copy), gate("none"), status(where))


def kind_of_sent(what: dict[str, Any]) -> str:
    return KINDS[what["kind"]].copy


@pytest.mark.domain("4.kinds", "3.26")
@pytest.mark.parametrize("what", [VOICE, *THINGS], ids=lambda what: str(what["kind"]))
def test_while_she_waits_any_of_them_is_kept_and_gets_the_status_reply(what: dict[str, Any]) -> None:
    given(a_lead_in("AWAITING_DEPOSIT")).when(sends(what)).then(
        recorded(e.Kept), verdict("status_reply"), gate("none"), status("AWAITING_DEPOSIT")
    )


@pytest.mark.domain("4.kinds", "3.24")
def test_during_a_handover_any_of_them_is_kept_for_the_artist() -> None:
    given(a_lead_in("NEEDS_ARTIST_REPLY")).when(sends(VOICE)).then(recorded(e.Kept), verdict("handed_over"))


@pytest.mark.domain("4.kinds", "4.returning")
@pytest.mark.parametrize("what", [VOICE, *THINGS], ids=lambda what: str(what["kind"]))
def test_any_of_them_opens_an_enquiry_as_words_do(what: dict[str, Any]) -> None:
    given().when(sends(what)).then(says("welcome"), leads(1), recorded(e.Kept))


# --- places ------------------------------------------------------------------------------------------------------------


@pytest.mark.domain("4.kinds")
def test_a_shared_location_answers_the_question_about_the_city() -> None:
    given(a_lead_at("location_city")).when(sends(STUDIO_PIN)).then(
        value("location_city", "Leeds"), value("location_country", "GB"), text("From your location"), verdict("answer")
    )


@pytest.mark.domain("4.kinds")
def test_a_pin_without_a_name_is_kept_and_the_city_asked_for_again() -> None:
    given(a_lead_at("location_city")).when(sends(PIN)).then(
        says("not_an_answer"), step("location_city"), strikes("location_city", 0)
    )


# --- gestures ----------------------------------------------------------------------------------------------------------


@pytest.mark.domain("4.kinds")
@pytest.mark.parametrize(
    "gesture",
    [
        {"kind": "reaction", "details": {"emoji": "👍", "message_id": "wamid.OUT1"}},
        {"kind": "system", "details": {"type": "customer_identity_changed"}},
        {"kind": "deleted", "details": {"original_message_id": "wamid.IN99"}},
        {"kind": "unsupported", "details": {"type": "pin"}},
        {"kind": "unsupported", "details": {"type": "poll_update"}},
        {"kind": "unknown", "details": {"type": "request_welcome"}},
    ],
    ids=lambda gesture: str(gesture["details"].get("type", gesture["kind"])),
)
@pytest.mark.parametrize("where", ["QUALIFYING", "BOOKED", "COMPLETED"])
def test_a_gesture_is_no_answer_is_kept_and_shown_and_gets_no_reply(where: str, gesture: dict[str, Any]) -> None:
    world = a_lead_at("coverup") if where == "QUALIFYING" else a_lead_in(where)
    given(world).when(sends(gesture)).then(
        says_nothing(), no_gate(), status(where), leads(1), recorded(e.MessageReceived, judged=False)
    )


@pytest.mark.domain("4.kinds")
def test_a_gesture_before_anything_was_said_opens_nothing() -> None:
    given().when(sends({"kind": "reaction", "details": {"emoji": "👍"}})).then(says_nothing(), leads(0))


# --- what did not arrive -----------------------------------------------------------------------------------------------


@pytest.mark.domain("4.kinds")
@pytest.mark.parametrize(
    "lost",
    [
        LOST,
        {"kind": "video"},
        {"kind": "unsupported", "details": {"errors": [{"code": 131060}]}},
        {"kind": "audio", "details": {"errors": [{"code": 131053}]}},
    ],
    ids=["download error", "no media", "unavailable", "upload error"],
)
def test_what_could_not_be_downloaded_she_is_asked_to_send_again(lost: dict[str, Any]) -> None:
    given(a_lead_at("reference_images")).when(sends(lost)).then(
        says("send_again"), step("reference_images"), answer("reference_images", None), gate("none")
    )
    given(a_lead_in("PENDING_APPROVAL")).when(sends(lost)).then(says("send_again"), gate("none"))


@pytest.mark.domain("4.kinds")
def test_what_never_arrives_is_not_asked_for_for_ever() -> None:
    asked = [step for _ in range(2) for step in (sends(LOST), delivered())]
    given(a_lead_in("PENDING_APPROVAL"), *asked).when(sends(LOST)).then(says("ask"), verdict("status_reply"))
    given(a_lead_at("style"), *asked).when(sends(LOST)).then(says("handover"))


# --- every kind at every status ----------------------------------------------------------------------------------------

EVERY: list[dict[str, Any]] = [
    {"kind": "text"}, {"kind": "button", "choice": "yes"}, {"kind": "list", "choice": "1"}, picture(), VOICE, *THINGS, LOST,
    {"kind": "edited", "details": {"original_message_id": "wamid.IN2"}}, {"kind": "never heard of"},
    {"kind": "unsupported", "details": {"errors": [7, {"code": []}, {}]}}, {"kind": "unsupported", "details": {"errors": 1}},
]  # fmt: skip


@pytest.mark.domain("4.kinds")
@pytest.mark.parametrize("where", STATUSES)
def test_every_kind_at_every_status_is_kept_or_judged_and_changes_nothing_by_itself(where: str) -> None:
    for what in EVERY:
        for said in (None, "", "hello"):
            at = given(a_lead_at("style"), stands_in(where))
            at.when(she_says(said, **what)).then(recorded(e.MessageReceived), status_or_new(where))


def status_or_new(where: str) -> Any:
    """The status stays until a message is delivered; after a terminal one a new enquiry begins."""

    def check(world: Any) -> None:
        assert world.lead.status in (where, "NEW")

    return check


def test_every_kind_that_intake_writes_has_a_line() -> None:
    told = "text button list image video audio document sticker location contacts order edited unsupported unknown"
    assert sorted(KINDS) == sorted(told.split())
    assert kind_of(a_message("never heard of")).takes == "thing"


def a_message(kind: str) -> MessageReceived:
    return written("x", sequence=1, sent_at=NOON, kind=kind)
