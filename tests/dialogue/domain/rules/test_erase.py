"""Forgetting a person (DOMAIN §3b, §4; PROTOCOL §2, Identity)."""

import msgspec
import pytest

from inkgate_common.contracts.control import PersonErased
from inkgate_common.contracts.leads import LeadErased
from inkgate_dialogue.domain import events as e
from tests.builders.conversations import Conversing
from tests.dialogue.checks import Check, no_gate, says_nothing, status
from tests.dialogue.language import a_lead_at, a_lead_in, given
from tests.dialogue.steps import delivered, operator, she_says

pytestmark = pytest.mark.domain("3b.erase")
erase = operator("erase")


def forgotten(*words: str) -> Check:
    """None of these stands in what is stored of her."""

    def check(world: Conversing) -> None:
        stored = msgspec.json.encode(world.state) + b"".join(world.rows.values())
        assert [word for word in words if word.encode() in stored] == []

    return check


def told_once(world: Conversing) -> None:
    assert [type(data) for data in world.outgoing() if isinstance(data, PersonErased)] == [PersonErased]


def test_what_she_wrote_and_who_she_is_goes_and_her_status_stays() -> None:
    person = given(a_lead_in("PENDING_APPROVAL"))
    phone = person.world.state.phone
    assert phone is not None and phone.encode() in msgspec.json.encode(person.world.state)
    person.when(erase).then(
        status("PENDING_APPROVAL"),
        forgotten(phone, "fox", "Leeds", "ana.whitfield"),
        told_once,
        says_nothing(),
        no_gate(),
    )
    assert any(isinstance(data, LeadErased) for data in person.world.published)


def test_it_waits_for_no_gate_and_ends_it_superseded() -> None:
    person = given(a_lead_at("placement"), she_says("left forearm")).when(erase)
    person.then(told_once, no_gate(), forgotten("forearm"))
    assert [fact.how for fact in person.world.facts() if isinstance(fact, e.GateClosed)] == ["superseded"]
    assert len(person.world.cancellations()) == 1


def test_what_waits_is_dropped_and_an_action_that_waits_is_refused() -> None:
    person = given(
        a_lead_at("placement"), she_says("left forearm"), she_says("small one"), operator("ask", text="Hello")
    )
    assert len(person.world.box) == 2
    person.when(erase).then(told_once)
    assert person.world.box == []
    assert [fact.reason for fact in person.world.facts() if isinstance(fact, e.ActionRefused)] == [
        "her data was erased"
    ]


def test_a_message_that_was_on_its_way_is_not_kept() -> None:
    given(a_lead_at("placement"), erase).when(she_says("left forearm")).then(
        says_nothing(), forgotten("forearm"), no_gate()
    )


def test_money_stays_and_can_be_given_back() -> None:
    person = given(a_lead_in("BOOKING_PENDING"), erase)
    deposit = person.world.lead.deposit
    assert deposit is not None and deposit.paid_pence == 15_000 and deposit.url is None
    state = msgspec.structs.replace(person.world.state, leads={person.world.lead.id: person.world.lead})
    from inkgate_dialogue.domain.rules.actions import allowed_now

    assert {"refund", "book", "cancel"} == set(allowed_now(state, person.world.lead))
    person.when(operator("cancel", reason="as she asked")).then(status("CANCELLED"), says_nothing())


def test_an_open_link_is_expired() -> None:
    person = given(a_lead_in("AWAITING_DEPOSIT")).when(erase)
    assert person.world.lead.deposit is not None and person.world.lead.deposit.state == "cancelled"


def test_that_she_had_opted_out_is_remembered() -> None:
    person = given(a_lead_at("placement"), she_says("STOP"), delivered()).when(erase)
    assert [data.opted_out for data in person.world.outgoing() if isinstance(data, PersonErased)] == [True]


def test_it_is_done_once() -> None:
    person = given(a_lead_in("PENDING_APPROVAL"), erase).when(erase)
    assert not [data for data in person.world.outgoing() if isinstance(data, PersonErased)]


def test_no_timer_of_hers_says_anything() -> None:
    from tests.dialogue.steps import time_passes

    given(a_lead_at("placement"), erase).when(time_passes(hours=80)).then(says_nothing(), status("QUALIFYING"))
