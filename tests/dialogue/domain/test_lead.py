"""State as it is stored: small, complete, and readable by the next version."""

from uuid import uuid4

import msgspec

from inkgate_dialogue.domain.lead import Conversation, Lead
from tests.dialogue.language import a_lead_at, a_lead_in, given
from tests.dialogue.steps import delivered, fails, operator, she_says


def test_state_survives_its_storage() -> None:
    for status in ("BOOKED", "NEEDS_ARTIST_REPLY", "OPTOUT", "DEPOSIT_PAID"):
        world = a_lead_in(status)
        assert msgspec.json.decode(msgspec.json.encode(world.state), type=Conversation) == world.state
        assert msgspec.json.decode(msgspec.json.encode(world.lead), type=Lead) == world.lead


def test_what_an_older_version_wrote_can_be_read() -> None:
    conversation = msgspec.json.decode(
        b'{"id": "2f6d0a36-6d5b-5f0d-9a43-1f4f6a6d0e55", "phone_number_id": "1", "gone": 1}', type=Conversation
    )
    assert conversation.gate is None
    assert conversation.leads == {}


def test_a_conversation_names_the_leads_that_judging_may_ask_for() -> None:
    assert Conversation(id=uuid4(), phone_number_id="1").needs == set()
    first = a_lead_in("COMPLETED")
    again = given(first, she_says("hi"), delivered()).world
    assert again.state.needs == {again.lead.id}
    asked = given(again, operator("ask", lead="first", text="How is it healing?")).world
    assert asked.state.needs == {again.lead.id, first.lead.id}
    assert given(asked, fails()).world.state.needs == {again.lead.id, first.lead.id}


def test_a_lead_at_rest_is_small() -> None:
    assert len(msgspec.json.encode(a_lead_at("timing").state)) < 2_000
    assert len(msgspec.json.encode(a_lead_at("timing").lead)) < 2_000
