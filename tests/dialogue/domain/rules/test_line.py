"""What an artist writes on her own line (DOMAIN §4): commands for the leads that she was told of."""

from datetime import timedelta
from uuid import UUID

import pytest

from inkgate_common.contracts.commands import NoticeRequested, OperatorActed
from inkgate_common.contracts.deliveries import MessageDelivered
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.packet import code_of
from inkgate_dialogue.domain.rules.actions import ACTIONS
from tests.builders.conversations import Conversing
from tests.builders.leads import ARTIST, STUDIO
from tests.builders.messages import NUMBER
from tests.dialogue.checks import says_nothing, status, text
from tests.dialogue.language import a_lead_in, given
from tests.dialogue.steps import Step, delivered, she_says

pytestmark = pytest.mark.domain("4.artist")
ANA, BEA = UUID("aaaa0000-0000-4000-8000-000000000001"), UUID("bbbb0000-0000-4000-8000-000000000002")
HERS = UUID("cccc0000-0000-4000-8000-000000000003")


def writes(said: str, **more: object) -> Step:
    return she_says(said, audience="artist", from_=ARTIST, **more)


def told_of(lead_id: UUID, wamid: str | None = None) -> Step:
    def step(world: Conversing) -> None:
        world.now += timedelta(seconds=5)
        notice = NoticeRequested(
            lead_id=lead_id,
            notice="completed",
            to=ARTIST,
            text="A new enquiry waits.",
            phone_number_id=NUMBER,
            conversation_id=HERS,
        )
        world.happens(notice)
        intent = list(world.intents())[-1]
        world.happens(
            MessageDelivered(
                intent_id=intent.intent_id,
                sequence=world.number("deliveries"),
                wamid=wamid or f"wamid.{lead_id}",
                attempts=1,
                basis="accepted",
                accepted_at=world.now,
                began_at=world.now,
                at=world.now,
            )
        )
        world.ended.add(intent.intent_id)

    return step


def line(*steps: Step) -> given:
    return given(*steps, audience="artist")


def acted(case: given) -> list[tuple[str, UUID, dict[str, object]]]:
    return [
        (data.action, data.lead_id, data.arguments) for data in case.world.outgoing() if isinstance(data, OperatorActed)
    ]


def test_a_word_alone_is_for_the_only_lead_she_was_told_of() -> None:
    case = line(told_of(ANA)).when(writes("Approve"))
    assert acted(case) == [("approve", ANA, {})]
    assert [key for key, data in case.world.emitted if isinstance(data, OperatorActed)] == [str(HERS)]
    case.then(says_nothing())


def test_a_code_names_the_lead_and_what_follows_is_what_she_says() -> None:
    case = line(told_of(ANA), told_of(BEA)).when(writes(f"ask #{code_of(ANA)} Which kind of fern?"))
    assert acted(case) == [("ask", ANA, {"text": "Which kind of fern?"})]


def test_a_quoted_notice_names_its_lead() -> None:
    case = line(told_of(ANA, "wamid.A"), told_of(BEA, "wamid.B")).when(
        writes("reject we are booked out", reply_to="wamid.A")
    )
    assert acted(case) == [("reject", ANA, {"reason": "we are booked out"})]


def test_where_there_are_several_she_is_asked_which() -> None:
    case = line(told_of(ANA), told_of(BEA)).when(writes("approve"))
    assert acted(case) == []
    case.then(text(f"#{code_of(BEA)}"))


def test_a_code_that_nobody_has_is_said() -> None:
    case = line(told_of(ANA)).when(writes("approve #0F0F"))
    assert acted(case) == []
    case.then(text("#0F0F"))


def test_a_lead_of_long_ago_needs_its_code() -> None:
    case = line(told_of(ANA))
    case.world.now += timedelta(days=2)
    assert acted(case.when(writes("approve"))) == []
    assert acted(case.when(writes(f"approve {code_of(ANA)}"))) == [("approve", ANA, {})]


@pytest.mark.parametrize(("said", "pence"), [("deposit 200", 20_000), ("deposit £1,250.50", 125_050)])
def test_a_sum_is_in_pounds(said: str, pence: int) -> None:
    assert acted(line(told_of(ANA)).when(writes(said))) == [("change_deposit", ANA, {"amount_pence": pence})]


@pytest.mark.parametrize("said", ["deposit", "deposit lots", "ask"])
def test_what_is_missing_is_asked_for_with_an_example(said: str) -> None:
    case = line(told_of(ANA)).when(writes(said))
    assert acted(case) == []
    case.then(text("For example"))


def test_anything_else_is_answered_with_the_words_there_are() -> None:
    case = line(told_of(ANA)).when(writes("who was that again?"))
    assert acted(case) == []
    case.then(text("approve"))


def test_every_word_of_the_studio_file_is_for_an_action_there_is() -> None:
    assert set(STUDIO.file.artist_words) <= set(ACTIONS)


def by_line(action: str, **arguments: object) -> Step:
    def step(world: Conversing) -> None:
        world.now += timedelta(seconds=5)
        world.happens(
            OperatorActed(
                action_id=UUID(int=5),
                lead_id=world.lead.id,
                action=action,
                arguments=arguments,
                by=f"artist:{ARTIST}",
                at=world.now,
            )
        )

    return step


def answered(case: given) -> list[tuple[str, str]]:
    found = [data for data in case.world.outgoing() if isinstance(data, NoticeRequested)]
    return [(data.notice, data.text) for data in found]


def test_what_became_of_it_goes_back_to_her_line() -> None:
    case = given(a_lead_in("PENDING_APPROVAL")).when(by_line("reject", reason="no time"))
    assert [notice for notice, _ in answered(case)] == ["line_done"]
    case.when(delivered()).then(status("REJECTED"))


def test_a_refusal_says_what_would_be_possible() -> None:
    case = given(a_lead_in("PENDING_APPROVAL")).when(by_line("book", slot="tomorrow"))
    assert [notice for notice, _ in answered(case)] == ["line_refused"]
    assert "approve" in answered(case)[0][1]
    case.then(status("PENDING_APPROVAL"))


def test_an_action_is_audited_with_what_it_changed() -> None:
    case = given(a_lead_in("PENDING_APPROVAL")).when(by_line("change_deposit", amount_pence=20_000))
    taken = [fact for fact in case.world.facts() if isinstance(fact, e.ActionTaken)]
    assert [(fact.by, fact.changed) for fact in taken] == [(f"artist:{ARTIST}", {"deposit_pence": [None, 20_000]})]


def test_an_action_for_a_status_that_the_lead_has_left_is_refused() -> None:
    def late(world: Conversing) -> None:
        world.now += timedelta(seconds=5)
        world.happens(
            OperatorActed(
                action_id=UUID(int=6),
                lead_id=world.lead.id,
                action="reject",
                by="link",
                at=world.now,
                in_status="NEEDS_ARTIST_REPLY",
            )
        )

    case = given(a_lead_in("PENDING_APPROVAL")).when(late).then(says_nothing())
    assert [fact.reason for fact in case.world.facts() if isinstance(fact, e.ActionRefused)] == [
        "the lead has moved on to PENDING_APPROVAL"
    ]
