"""DOMAIN §4, 24-hour window: what goes in a message's place when WhatsApp takes no text any more, and what it gates."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from inkgate_common.contracts.commands import NoticeRequested
from inkgate_common.contracts.intents import IntentCreated, Template
from inkgate_dialogue import studio_file
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain import templates
from inkgate_dialogue.domain.copy import Copy
from inkgate_dialogue.domain.studio import Approved, StudioError
from tests.builders.conversations import Conversing
from tests.builders.leads import ARTIST, STUDIO, a_studio
from tests.builders.messages import NUMBER
from tests.dialogue.checks import (
    flag,
    gate,
    gate_ended,
    instead_of_what_failed,
    no_flag,
    no_gate,
    nothing_changed,
    recorded,
    says,
    status,
    step,
    tells_nobody,
    tells_the_artist,
    text,
    verdict,
)
from tests.dialogue.language import a_lead_at, a_lead_in, given
from tests.dialogue.steps import (
    delivered,
    fails,
    fails_late,
    is_accepted,
    link_is_created,
    operator,
    she_pays,
    she_says,
    time_passes,
    turns_out_delivered,
)

pytestmark = pytest.mark.domain("4.window")

INVITED = Approved(name="inkgate_invitation", same_content=False)
ONLY_INVITES = a_studio(templates={"invitation": INVITED})
NO_TEMPLATES = a_studio(templates={})
APPROVED = [operator("approve"), link_is_created()]


def fallback(world: Conversing) -> Template | None:
    """What goes in the place of the newest message."""
    newest: IntentCreated = list(world.intents())[-1]
    return newest.fallback


def in_its_place(**fields: Any) -> Callable[[Conversing], object]:
    def check(world: Conversing) -> None:
        found = fallback(world)
        assert found is not None, "no template goes in its place"
        assert {name: getattr(found, name) for name in fields} == fields

    return check


def nothing_in_its_place(world: Conversing) -> None:
    assert fallback(world) is None


def a_link_in(studio: Any) -> Conversing:
    """An approved lead whose link is on its way, of a studio with these templates."""
    world = a_lead_in("PENDING_APPROVAL").fork()
    world.studio = studio
    return given(world, time_passes(hours=30), *APPROVED).world


# --- which template goes in its place ---------------------------------------------------------------------------------


def test_a_message_takes_its_own_template_with_it_filled_with_its_words() -> None:
    given(a_link_in(STUDIO)).then(
        in_its_place(
            name="inkgate_deposit_link",
            language="en_GB",
            parameters=["£150", "https://pay.example/cs_1"],
            same_content=True,
        )
    )


def test_a_message_without_a_template_of_its_own_is_announced_by_the_invitation() -> None:
    given().when(she_says("hi")).then(
        says("welcome"), in_its_place(name="inkgate_invitation", parameters=["Inkgate Studio"], same_content=False)
    )


def test_a_studio_without_templates_sends_none() -> None:
    given(studio=NO_TEMPLATES).when(she_says("hi")).then(says("welcome"), nothing_in_its_place)


def test_nobody_who_opts_out_is_invited() -> None:
    given(a_lead_at("style")).when(she_says("STOP")).then(says("opt_out_confirmation"), nothing_in_its_place)


def test_the_template_speaks_her_language() -> None:
    def speaks_spanish(world: Conversing) -> None:
        world.state = replace(world.state, language="es")

    given(a_lead_at("style"), speaks_spanish).when(she_says("fine line")).then(
        in_its_place(language="es", name="inkgate_invitation")
    )


def test_while_the_window_stays_open_for_long_the_invitation_is_enough() -> None:
    given(a_lead_in("PENDING_APPROVAL"), time_passes(hours=11)).when(*APPROVED).then(
        in_its_place(name="inkgate_invitation")
    )
    given(a_lead_in("PENDING_APPROVAL"), time_passes(hours=13)).when(*APPROVED).then(
        in_its_place(name="inkgate_deposit_link")
    )


def test_what_the_artist_writes_goes_as_a_template_in_one_paragraph() -> None:
    asked = operator("ask", text="Hello,\n\n\tcould you send    a picture?")
    given(a_lead_in("PENDING_APPROVAL"), time_passes(hours=30)).when(asked).then(
        in_its_place(name="inkgate_message", parameters=["Inkgate Studio", "Hello, could you send a picture?"])
    )


def test_a_text_that_is_too_long_for_a_template_is_announced() -> None:
    long = operator("ask", text="x" * 1_200)
    given(a_lead_in("PENDING_APPROVAL"), time_passes(hours=30)).when(long).then(in_its_place(name="inkgate_invitation"))


def test_a_parameter_is_never_empty() -> None:
    given(a_lead_in("PENDING_APPROVAL"), time_passes(hours=30)).when(operator("reject")).then(
        in_its_place(parameters=["–"])
    )


# What operators, money and time bring about: she may not have written for days.
BEGUN_BY_US = (
    "ask", "continue", "completion", "follow_up", "closed", "disputed", "deposit_link", "rejection", "cancellation",
    "booking_confirmation", "payment_confirmation", "payment_failed", "link_expired", "refunded", "tour_opens",
    "reminder_2", "deposit_reminder_1", "deposit_reminder_2", "tour_reminder", "windows_reminder",
    "appointment_reminder", "booking_late", "slots_offered", "slots_lost", "deposit_link_slot",
    "payment_confirmation_slot", "windows_ask",
)  # fmt: skip


def test_everything_that_the_business_begins_has_a_template_with_the_same_content() -> None:
    ours = {key for key, approved in STUDIO.file.templates.items() if approved.same_content}
    assert set(BEGUN_BY_US) <= ours


def test_messages_may_share_a_template_that_says_the_whole() -> None:
    given(a_lead_in("PENDING_APPROVAL"), time_passes(hours=30)).when(operator("follow_up")).then(
        says("follow_up"), in_its_place(name="inkgate_message", same_content=True)
    )


# --- what it gates ----------------------------------------------------------------------------------------------------


def test_a_template_with_the_same_content_gates_like_the_text() -> None:
    given(a_link_in(STUDIO)).when(delivered(fallback=True)).then(
        gate_ended("applied"), status("AWAITING_DEPOSIT"), recorded(e.MessageSent, fallback=True), no_flag("invited")
    )


def test_a_template_that_only_invites_her_gates_nothing() -> None:
    given(a_link_in(ONLY_INVITES)).when(delivered(fallback=True)).then(
        gate_ended("failed"),
        status("PENDING_APPROVAL"),
        nothing_changed(),
        flag("invited"),
        flag("send_failed"),
        tells_nobody(),
    )


def test_what_the_invitation_stood_for_goes_out_with_her_next_message() -> None:
    back = given(a_link_in(ONLY_INVITES), delivered(fallback=True)).when(she_says("hi, what is it?"))
    back.then(says("deposit_link"), verdict("invited_back"), instead_of_what_failed(), text("https://pay.example/cs_1"))
    back.when(delivered()).then(status("AWAITING_DEPOSIT"), no_flag("invited"), no_flag("send_failed"))


def test_what_she_writes_to_an_invitation_answers_no_question() -> None:
    """The question after 'style' could only be announced: 'yes?' is not her style."""
    asked = a_lead_at("style").fork()
    asked.studio = ONLY_INVITES
    announced = given(asked, she_says("fine line"), delivered(fallback=True)).world
    given(announced).then(step("style"), flag("invited"))
    back = given(announced).when(she_says("yes?"))
    back.then(says("ask"), recorded(e.AnswerRecorded, times=0), gate("step 3 → 4"))
    back.when(delivered()).then(step("complexity"), no_flag("invited"))


def test_an_invitation_to_a_paid_lead_leaves_the_payment_on_record() -> None:
    """The confirmation could only be announced: the money is a fact, BOOKING_PENDING waits for her."""
    paid = a_lead_in("AWAITING_DEPOSIT").fork()
    paid.studio = ONLY_INVITES
    given(paid).when(she_pays(), delivered(fallback=True)).then(status("DEPOSIT_PAID"), flag("invited"))
    given(paid, she_pays(), delivered(fallback=True)).when(she_says("did it arrive?"), delivered()).then(
        says("payment_confirmation"), status("BOOKING_PENDING"), tells_the_artist("paid")
    )


def test_words_of_command_are_heard_before_what_was_announced() -> None:
    given(a_link_in(ONLY_INVITES), delivered(fallback=True)).when(she_says("HUMAN")).then(says("human"))


def test_an_operator_may_force_what_was_only_announced() -> None:
    given(a_link_in(ONLY_INVITES), delivered(fallback=True)).when(operator("force")).then(
        status("AWAITING_DEPOSIT"), no_flag("invited")
    )


def test_sent_again_outside_the_window_the_same_template_goes() -> None:
    failed = given(a_link_in(STUDIO), fails()).when(operator("resend"))
    failed.then(says("deposit_link"), in_its_place(name="inkgate_deposit_link", same_content=True))


def test_with_gates_that_wait_for_more_her_reply_does_not_prove_what_was_only_announced() -> None:
    taken = given(a_link_in(ONLY_INVITES), is_accepted(fallback=True)).when(she_says("hello?"))
    taken.then(status("PENDING_APPROVAL"), says("deposit_link"), gate("PENDING_APPROVAL → AWAITING_DEPOSIT"))


def test_an_invitation_whose_arrival_is_learned_later_moves_nobody() -> None:
    given(a_link_in(ONLY_INVITES), fails()).when(turns_out_delivered("deposit_link", fallback=True)).then(
        status("PENDING_APPROVAL"), no_gate(), nothing_changed()
    )
    given(a_link_in(ONLY_INVITES), delivered(fallback=True), fails_late("deposit_link")).when(she_says("hi")).then(
        says("deposit_link")
    )


def test_without_a_template_it_fails_and_is_flagged() -> None:
    given(a_link_in(NO_TEMPLATES)).when(fails(code="window")).then(
        gate_ended("failed"), status("PENDING_APPROVAL"), flag("send_failed"), tells_the_artist("send_failed")
    )


def test_a_reminder_outside_the_window_goes_by_its_template_and_gates_nothing() -> None:
    reminded = given(a_lead_at("style"), time_passes(hours=12.1), delivered()).when(time_passes(hours=24))
    reminded.then(says("reminder_2"), in_its_place(name="inkgate_reminder"), no_gate())
    reminded.when(delivered(fallback=True)).then(recorded(e.Marked, mark="reminder_sent"), step("style"))


# --- the artist -------------------------------------------------------------------------------------------------------


def test_a_notice_outside_the_artists_window_goes_by_template() -> None:
    line = Conversing(audience="artist")
    line.state = replace(line.state, window_expires_at=line.now - timedelta(hours=3))
    artist_is_told(line, "A new enquiry is complete.\nAnna, +447700900123\nidea: a fox")
    told = list(line.intents())[-1]
    assert told.audience == "artist" and told.window_expires_at == line.state.window_expires_at
    assert told.fallback is not None and told.fallback.name == "inkgate_note"
    assert told.fallback.parameters == [
        "Inkgate Studio",
        "A new enquiry is complete. · Anna, +447700900123 · idea: a fox",
    ]


def test_a_long_notice_is_cut_to_what_a_template_takes() -> None:
    line = Conversing(audience="artist")
    artist_is_told(line, "word " * 800)
    (_, said) = list(line.intents())[-1].fallback.parameters  # type: ignore[union-attr]
    assert said.endswith("…") and 900 < len(said) < templates.BODY_MAX


def artist_is_told(line: Conversing, said: str) -> None:
    line.happens(NoticeRequested(lead_id=line.id, notice="completed", to=ARTIST, text=said, phone_number_id=NUMBER))


# --- the files --------------------------------------------------------------------------------------------------------


def test_a_template_is_filled_as_whatsapp_takes_it() -> None:
    assert templates.cleaned(" a\n\nb\tc     d ") == "a b c d"
    assert templates.cleaned(" \n") == "–"
    assert templates.numbered("Hi {studio}, pay {amount} here.") == "Hi {{1}}, pay {{2}} here."


@pytest.mark.parametrize(
    ("sections", "texts", "names"),
    [
        ({"welcom": INVITED}, {}, "did you mean 'welcome'"),
        ({"welcome": Approved(name="Bad Name")}, {"welcome": "Hi."}, "lower case"),
        ({"invitation": Approved(name="x")}, {"invitation": "Write."}, "same_content = false"),
        ({"welcome": Approved(name="x")}, {}, "is missing"),
        ({"welcome": Approved(name="x")}, {"welcome": 7}, "is missing"),
        ({"welcome": Approved(name="x")}, {"welcome": "Hi {amount} there."}, "{amount}"),
        ({"invitation": INVITED}, {"invitation": "Hi {message} there."}, "{message}"),
        ({"welcome": Approved(name="x")}, {"welcome": "{studio} here."}, "begins or ends"),
        ({"welcome": Approved(name="x")}, {"welcome": "Hi from {studio}"}, "begins or ends"),
        ({"welcome": Approved(name="x")}, {"welcome": "Hi {studio} {message} there."}, "two together"),
        ({"welcome": Approved(name="x")}, {"welcome": "Hi {studio} and {studio}."}, "twice"),
        ({"welcome": Approved(name="x")}, {"welcome": "Hi {studio"}, "wrong braces"),
        ({"welcome": Approved(name="x")}, {"welcome": "x" * 513}, "leave room"),
    ],
)
def test_a_bad_template_is_refused_and_named(sections: dict[str, Approved], texts: dict[str, Any], names: str) -> None:
    file = replace(STUDIO.file, templates=sections)
    copy: Copy = replace(STUDIO.copy, templates=texts)
    problems = [*templates.check(file), *templates.check_texts(file, copy, "en")]
    assert [problem.at[:2] for problem in problems] == [("templates", next(iter(sections)))]
    assert names in problems[0].says


def test_a_studio_that_gives_no_text_for_its_template_is_told_where(tmp_path: Path) -> None:
    for name in ("default.toml", "copy.en.toml", "copy.es.toml"):
        told = (studio_file.HERE / name).read_text()
        (tmp_path / name.replace("default", "studio")).write_text(told)
    with (tmp_path / "studio.toml").open("a") as file:
        file.write('welcome = { name = "my_welcome" }\n')
    with pytest.raises(StudioError, match=r"copy\.en\.toml:\d+: templates\.welcome is missing"):
        studio_file.read(tmp_path)


def test_an_artist_reads_the_studios_own_language_alone() -> None:
    file = replace(STUDIO.file, templates={"notice": Approved(name="x")})
    assert not list(templates.check_texts(file, replace(STUDIO.copy, templates={}), "es"))
