"""Every kind of message in the published payloads, and what Meta documents besides."""

from typing import Any

import pytest

from inkgate_common.contracts.inbound import Media
from inkgate_intake.domain.items import Message
from inkgate_intake.domain.webhook import read
from tests.builders import whatsapp

OURS = frozenset({whatsapp.NUMBER_ID})


def said(entry: dict[str, Any], **value: Any) -> Message:
    """The only message in a webhook with this entry."""
    (item,) = read(
        whatsapp.webhook(whatsapp.change(whatsapp.value(messages=[entry], **value))), whatsapp.RECEIVED_AT, OURS
    )
    assert isinstance(item, Message)
    return item


def test_text() -> None:
    item = said(whatsapp.text("10 × 8 cm\nplease"))
    assert (item.kind, item.text, item.choice, item.media, item.details) == (
        "text",
        "10 × 8 cm\nplease",
        None,
        None,
        {},
    )


def test_button() -> None:
    reply = {"type": "button_reply", "button_reply": {"id": "answer:yes", "title": "Yes"}}
    item = said(whatsapp.message("interactive", reply))
    assert (item.kind, item.text, item.choice) == ("button", "Yes", "answer:yes")


def test_list_row() -> None:
    reply = {"type": "list_reply", "list_reply": {"id": "slot:3", "title": "Fri 14:00", "description": "3 hours"}}
    item = said(whatsapp.message("interactive", reply))
    assert (item.kind, item.text, item.choice, item.details) == (
        "list",
        "Fri 14:00",
        "slot:3",
        {"description": "3 hours"},
    )


def test_quick_reply_of_a_template() -> None:
    item = said(whatsapp.message("button", {"payload": "resume", "text": "Go on"}))
    assert (item.kind, item.text, item.choice) == ("button", "Go on", "resume")


@pytest.mark.parametrize("kind", ["image", "video", "document", "sticker"])
def test_media_with_a_caption(kind: str) -> None:
    part = {
        "id": "2754859441498128",
        "mime_type": "image/jpeg",
        "sha256": "q83v",
        "caption": "like this",
        "url": "https://x",
    }
    item = said(whatsapp.message(kind, part))
    assert (item.kind, item.text) == (kind, "like this")
    assert item.media == Media(id="2754859441498128", mime_type="image/jpeg", sha256="q83v")
    assert item.details == {}


def test_document_has_a_name() -> None:
    item = said(whatsapp.message("document", {"id": "1", "filename": "sketch.pdf"}))
    assert item.media is not None and item.media.filename == "sketch.pdf"


@pytest.mark.parametrize(("part", "voice"), [({"id": "1", "voice": True}, True), ({"id": "1"}, False)])
def test_voice_notes_are_told_from_songs(part: dict[str, Any], voice: bool) -> None:
    item = said(whatsapp.message("audio", part))
    assert item.kind == "audio" and item.media is not None and item.media.voice is voice


def test_animated_sticker() -> None:
    assert said(whatsapp.message("sticker", {"id": "1", "animated": True})).details == {"animated": True}


def test_media_that_whatsapp_could_not_store_keeps_its_error() -> None:
    item = said(whatsapp.message("image", {}, errors=[whatsapp.error(131052)]))
    assert item.media is None and item.details["errors"][0]["code"] == 131052


def test_location() -> None:
    place = {
        "latitude": 51.5,
        "longitude": -0.1,
        "name": "Studio",
        "address": "1 Ink Lane",
        "url": "https://x",
        "other": 1,
    }
    item = said(whatsapp.message("location", place))
    assert (item.kind, item.text) == ("location", None)
    assert item.details == {name: place[name] for name in ("latitude", "longitude", "name", "address", "url")}


def test_contacts() -> None:
    cards = [{"name": {"formatted_name": "Bo"}, "phones": [{"phone": "+44 7700 900555"}]}]
    assert said(whatsapp.message("contacts", cards, origin="other")).details == {"contacts": cards, "origin": "other"}


def test_reaction_and_taking_it_back() -> None:
    item = said(whatsapp.message("reaction", {"message_id": "wamid.X", "emoji": "🔥"}))
    assert (item.kind, item.details) == ("reaction", {"message_id": "wamid.X", "emoji": "🔥"})
    assert said(whatsapp.message("reaction", {"message_id": "wamid.X"})).details == {
        "message_id": "wamid.X",
        "emoji": None,
    }


def test_order() -> None:
    order = {"catalog_id": "7", "text": "two of these", "product_items": [{"product_retailer_id": "a", "quantity": 2}]}
    item = said(whatsapp.message("order", order))
    assert (item.kind, item.text, item.details["product_items"][0]["quantity"]) == ("order", "two of these", 2)


def test_unsupported() -> None:
    item = said(whatsapp.message("unsupported", errors=[whatsapp.error(131051)]))
    assert (item.kind, item.details["errors"][0]["code"]) == ("unsupported", 131051)


def test_interactive_without_a_content_has_its_error_beside_it() -> None:
    payload = whatsapp.value(messages=[whatsapp.message("interactive")], errors=[whatsapp.error(131000)])
    item, recorded = read(whatsapp.webhook(whatsapp.change(payload)), whatsapp.RECEIVED_AT, OURS)
    assert isinstance(item, Message)
    assert (item.kind, item.details["errors"][0]["code"]) == ("unsupported", 131000)
    assert getattr(recorded, "reason", "") == "value error"


def test_a_form_is_kept_as_unknown() -> None:
    form = {"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": "{}"}}
    item = said(whatsapp.message("interactive", form))
    assert (item.kind, item.details["type"], item.details["interactive"]) == ("unknown", "interactive", form)


@pytest.mark.parametrize("kind", ["request_welcome", "hologram"])
def test_a_type_that_nobody_knows_yet(kind: str) -> None:
    item = said(whatsapp.message(kind, {"size": 3}))
    assert (item.kind, item.details) == ("unknown", {"type": kind, kind: {"size": 3}})


def test_edited_text_and_caption() -> None:
    inner = {"type": "text", "text": {"body": "12 cm"}, "context": {"id": "wamid.C"}}
    item = said(whatsapp.message("edit", {"original_message_id": "wamid.O", "message": inner}))
    assert (item.kind, item.text) == ("edited", "12 cm")
    assert item.details == {"original_message_id": "wamid.O", "type": "text"}
    picture = {"type": "image", "image": {"id": "9", "caption": "bigger"}}
    item = said(whatsapp.message("edit", {"original_message_id": "wamid.O", "message": picture}))
    assert item.text == "bigger" and item.media is not None and item.media.id == "9"


def test_deleted() -> None:
    item = said(whatsapp.message("revoke", {"original_message_id": "wamid.O"}))
    assert (item.kind, item.text, item.details) == ("deleted", None, {"original_message_id": "wamid.O"})


def test_reply_forward_and_advertisement() -> None:
    context = {"id": "wamid.Q", "from": whatsapp.NUMBER, "forwarded": True, "referred_product": {"catalog_id": "7"}}
    referral = {"source_type": "ad", "source_id": "11", "ctwa_clid": "c"}
    item = said(whatsapp.text(context=context, referral=referral))
    assert item.reply_to == "wamid.Q"
    assert item.details == {"forwarded": True, "referred_product": {"catalog_id": "7"}, "referral": referral}


def test_text_over_whatsapps_limit_is_kept_up_to_ours() -> None:
    assert said(whatsapp.text("x" * 5_000)).text == "x" * 5_000
    item = said(whatsapp.text("x" * 70_000))
    assert item.text == "x" * 65_536 and item.details == {"text_chars": 70_000}


@pytest.mark.parametrize("body", [None, 5, ["a"], {"b": 1}])
def test_a_text_that_is_no_text_is_still_a_message(body: Any) -> None:
    item = said(whatsapp.message("text", {"body": body}))
    assert (item.kind, item.text) == ("text", None)


@pytest.mark.parametrize("code", [131051, 131052, 131053, 131060])
def test_why_a_message_could_not_be_handed_over_is_passed_on(code: int) -> None:
    item = said(whatsapp.message("unsupported", {"type": "image"}, errors=[whatsapp.error(code)]))
    assert (item.kind, item.details["type"], item.details["errors"][0]["code"]) == ("unsupported", "image", code)


def test_that_she_opened_the_chat_is_a_kind_that_says_so() -> None:
    item = said(whatsapp.message("request_welcome"))
    assert (item.kind, item.text, item.details["type"]) == ("unknown", None, "request_welcome")
