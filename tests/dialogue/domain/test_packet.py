"""The handover packet (DOMAIN §5): what an artist is told of a lead."""

import re

import pytest
from msgspec.structs import replace

from inkgate_common.contracts.commands import NoticeRequested
from inkgate_dialogue.domain import packet
from inkgate_dialogue.domain.copy_tables import LINKS, NOTICES, TEXT_MAX
from inkgate_dialogue.domain.links import Links
from inkgate_dialogue.domain.rules.actions import ACTIONS
from tests.builders.leads import STUDIO
from tests.builders.messages import NAME, PHONE
from tests.dialogue.language import a_lead_at, a_lead_in, answers_until, given
from tests.dialogue.steps import delivered, she_says

pytestmark = pytest.mark.domain("5.packet")
LINKED = replace(STUDIO, links=Links("https://studio.example", "a secret that is not one"))


def told(case: given) -> str:
    return [data.text for _, data in case.world.emitted if isinstance(data, NoticeRequested)][-1]


def test_it_names_who_what_was_answered_and_what_a_deposit_would_be() -> None:
    text = told(given(*answers_until("timing"), she_says("flexible"), delivered()))
    for part in (NAME, PHONE, "idea: a fox asleep between ferns", "size: 8 × 12 cm", "deposit £150"):
        assert part in text


def test_it_tells_why_and_what_she_wrote_last() -> None:
    text = told(given(a_lead_at("style"), she_says("fine line"), delivered(), she_says("HUMAN"), delivered()))
    assert "she asks for you" in text
    assert text.index("fine line") < text.rindex("– HUMAN")


@pytest.mark.parametrize(
    ("recorded", "told"),
    [
        ("haggling", "she asks about the price"),
        ("cover-up words", "she speaks of a cover-up, rework or touch-up"),
        ("three strikes at budget", "three answers to 'budget' were not understood"),
        ("three strikes at the tour offer", "three answers to 'the tour offer' were not understood"),
        ("voice instead of an answer to dimensions", "what she sends is no answer to 'size'"),
        ("rang twice", "rang twice"),
    ],
)
def test_a_reason_that_a_rule_recorded_is_said_in_the_artists_words(recorded: str, told: str) -> None:
    assert STUDIO.copy.reason(recorded) == told


def test_it_tells_how_often_an_answer_was_not_understood() -> None:
    case = given(a_lead_at("dimensions"))
    for said in ("dunno", "big", "huge"):
        case.when(she_says(said), delivered())
    assert "size: – (×3)" in told(case)


def test_it_has_a_code_to_answer_by_and_a_link_for_what_can_be_done() -> None:
    case = given(*answers_until("timing"), she_says("flexible"), delivered(), studio=LINKED)
    text = told(case)
    assert f"#{packet.code_of(case.world.lead.id)}" in text
    urls = re.findall(r"(\w[\w ]+): (https://studio.example/act/\S+)", text)
    assert [label for label, _ in urls] == [STUDIO.copy.links[action] for action in packet.OFFERS["completed"]]
    assert LINKED.links is not None
    tickets = [LINKED.links.read(url.rsplit("/", 1)[1]) for _, url in urls]
    assert {(ticket.lead_id, ticket.status) for ticket in tickets if ticket} == {
        (case.world.lead.id, "PENDING_APPROVAL")
    }


def test_without_an_address_of_our_own_it_carries_no_links() -> None:
    assert "http" not in told(given(*answers_until("timing"), she_says("flexible"), delivered()))


def test_it_fits_into_one_message_whatever_she_wrote_and_keeps_its_links() -> None:
    case = given(a_lead_at("idea"), studio=LINKED)
    case.world.studio = LINKED
    case.when(she_says("x " * 2_000), delivered(), she_says("y " * 2_000), delivered(), she_says("HUMAN"), delivered())
    text = told(case)
    assert len(text) <= TEXT_MAX
    assert text.count("https://studio.example/act/") == len(packet.OFFERS["handover"])


def test_every_offer_is_an_action_with_a_label_in_a_notice_that_exists() -> None:
    assert set(packet.OFFERS) <= set(NOTICES)
    offered = {action for actions in packet.OFFERS.values() for action in actions}
    assert offered <= set(ACTIONS)
    assert offered <= set(LINKS)


def test_it_tells_what_was_understood_and_her_words_where_they_are_others() -> None:
    case = given(a_lead_at("dimensions"), she_says("about the size of a credit card"), delivered())
    for said in ("fine line", "2", "no", "no", "500", "im in Leeds", "no insta sorry", "same", "1"):
        case.when(she_says(said), delivered())
    lines = told(case).splitlines()
    for line in (
        "size: 8.6 × 5.4 cm ('about the size of a credit card')", "detail: 2 medium ('2')", "cover-up: no", "budget: £500",
        "city: Leeds ('im in Leeds')", "country: United Kingdom", "Instagram: – ('no insta sorry')",
        "timing: in the next 2–4 weeks ('1')",
    ):  # fmt: skip
        assert line in lines


def test_a_decision_that_is_not_possible_any_more_is_not_offered() -> None:
    case = given(a_lead_in("BOOKED"))
    case.world.studio = LINKED
    text = told(case.when(she_says("HUMAN"), delivered()))
    labels = STUDIO.copy.links
    assert labels["ask"] in text
    assert labels["approve"] not in text and labels["reject"] not in text
