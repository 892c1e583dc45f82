"""What `leads` carries (PROTOCOL §3): facts, gapless by version, nothing personal, and enough to build the lead again."""

import msgspec
import pytest

from inkgate.invariants.extra_replay import replay
from inkgate_common.contracts import leads as out
from inkgate_dialogue.domain.questions import PUBLIC, public_value
from tests.builders.conversations import Conversing
from tests.builders.leads import ANSWERS
from tests.builders.messages import NAME, PHONE
from tests.dialogue.language import a_lead_at, a_lead_in, given
from tests.dialogue.steps import delivered, fails, fails_late, is_refunded, operator, she_pays, she_says, time_passes

LIVES = {
    "qualifying": a_lead_at("timing"),
    "corrected": given(a_lead_at("style"), she_says("9x9cm", written_s_ago=5)).world,
    "struck": given(a_lead_at("dimensions"), she_says("a"), delivered(), she_says("b"), delivered()).world,
    "booked": a_lead_in("BOOKED"),
    "refunded": a_lead_in("REFUNDED"),
    "refunded in part": given(a_lead_in("BOOKED"), is_refunded(5_000, in_full=False)).world,
    "paid twice": given(a_lead_in("BOOKING_PENDING"), she_pays()).world,
    "handed over": a_lead_in("NEEDS_ARTIST_REPLY"),
    "back": given(a_lead_in("NEEDS_ARTIST_REPLY"), she_says("CONTINUE"), delivered()).world,
    "opted out": a_lead_in("OPTOUT"),
    "restarted": given(a_lead_in("OPTOUT"), she_says("START"), delivered(), she_says("a wolf"), delivered()).world,
    "abandoned": a_lead_in("ABANDONED"),
    "reminded": given(a_lead_at("style"), time_passes(hours=13)).world,
    "failed": given(a_lead_at("style"), she_says("fine line"), fails()).world,
    "taken back": given(a_lead_at("style"), she_says("fine line"), delivered(), fails_late("ask")).world,
    "completion taken back": given(a_lead_in("PENDING_APPROVAL"), fails_late("completion")).world,
    "booking taken back": given(a_lead_in("BOOKED"), fails_late("booking_confirmation")).world,
    "changed deposit": given(a_lead_in("PENDING_APPROVAL"), operator("change_deposit", amount_pence=20_000)).world,
}
lives = pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)


class Said:
    """An event, as far as a reader of the topic looks at one."""

    def __init__(self, data: out.LeadFact) -> None:
        self.data = data


@lives
def test_the_topic_folded_with_evolve_gives_the_lead_again(life: Conversing) -> None:
    lead = life.lead
    again = replay(lead.conversation_id, [Said(data) for data in life.published])  # type: ignore[misc]
    for name in ("status", "question", "version", "flags", "slot"):
        assert getattr(again, name) == getattr(lead, name)
    kept = {key: public_value(key, value) for key, value in lead.values.items()}
    assert again.values == {key: value for key, value in kept.items() if value is not None}
    assert (again.deposit is None) == (lead.deposit is None)
    if again.deposit is not None and lead.deposit is not None:
        for name in ("state", "paid_pence", "refunded_pence"):
            assert getattr(again.deposit, name) == getattr(lead.deposit, name)


@lives
def test_versions_are_gapless_and_messages_carry_one_without_raising_it(life: Conversing) -> None:
    raising = [data.version for data in life.published if not isinstance(data, out.MessageFact)]
    assert raising == list(range(1, life.lead.version + 1))
    newest = 0
    for data in life.published:
        assert data.version in (newest, newest + 1)
        newest = data.version


@lives
def test_nothing_personal_is_told(life: Conversing) -> None:
    told = msgspec.json.encode(life.published).decode()
    private = [text for key, text in ANSWERS.items() if key not in PUBLIC and len(text) > 4]
    for secret in (PHONE, NAME, "8x12cm", "£450", "ana.whitfield", *private):
        assert secret not in told


def test_values_are_told_for_these_questions_and_no_others() -> None:
    told = {data.key: data.value for data in LIVES["booked"].published if isinstance(data, out.AnswerRecorded)}
    assert {key for key, value in told.items() if value is not None} == {
        "dimensions", "complexity", "coverup", "budget", "location_city", "location_country", "timing",
    }  # fmt: skip
    assert told["dimensions"] == {"width_cm": 8.0, "height_cm": 12.0}
    assert told["instagram_handle"] is None


def test_what_is_published_are_the_contracts_types() -> None:
    for life in LIVES.values():
        assert all(type(data) in out.TYPES for data in life.published)


def test_a_message_that_failed_is_told_with_its_code_and_whether_it_was_late() -> None:
    failed = [data for data in LIVES["failed"].published if isinstance(data, out.MessageFailed)]
    late = [data for data in LIVES["taken back"].published if isinstance(data, out.MessageFailed)]
    assert [(data.code, data.late) for data in failed] == [("131026", False)]
    assert [(data.code, data.late) for data in late] == [("131026", True)]


def test_an_answer_that_was_taken_tells_how_long_she_had_waited_for_it() -> None:
    life = given(a_lead_at("style"), she_says("fine line"), time_passes(seconds=2), delivered()).world
    told = [data for data in life.published if isinstance(data, out.MessageSent)]
    assert told[-1].waited_s is not None and told[-1].waited_s >= 2


def test_what_answers_nothing_and_what_something_else_proves_tells_no_waiting() -> None:
    link = [data for data in a_lead_in("AWAITING_DEPOSIT").published if isinstance(data, out.MessageSent)][-1]
    assert (link.basis, link.waited_s) == ("accepted", None), "the artist's approval is no message of hers"
    proved = given(a_lead_at("style"), she_says("fine line"), delivered(basis="status")).world.published
    told = [data for data in proved if isinstance(data, out.MessageSent)][-1]
    assert (told.basis, told.waited_s) == ("status", None)
