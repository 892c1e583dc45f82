"""What sender and payments ask of WhatsApp and Stripe is what is recorded, and keeps the limits that both publish.

The limits are the sandbox's, which refuses what breaks them; here each is shown to be where FACTS and the pages below say:
WhatsApp Business Platform, 'Cloud API › Messages', 'Interactive reply buttons / list messages', 'Message templates';
docs.stripe.com/api (checkout/sessions/create, refunds/create, metadata, idempotent_requests).
"""

import copy
from typing import Any

import pytest

from inkgate.sandbox import graph_checks, stripe_checks
from inkgate.sandbox.graph_errors import GraphError
from inkgate.sandbox.stripe_api import KEY_CHARS_MAX
from inkgate.sandbox.stripe_errors import StripeError
from inkgate_common.contracts.intents import Body, Buttons, Choice, ListMenu, Template, Text
from inkgate_dialogue import studio_file
from inkgate_dialogue.domain import copy_tables as texts
from inkgate_dialogue.domain import templates
from inkgate_sender.gateway import Message, request_body
from tests.builders.deposits import NOW
from tests.builders.sends import INTENT, NUMBER
from tests.contract import third_parties

# The stripe library calls httpx in a way that is on its way out.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

WHATSAPP = third_parties.recorded("whatsapp.json")
STRIPE = third_parties.recorded("stripe.json")
STUDIO = studio_file.read(None)
NOW_S = int(NOW.timestamp())


async def test_what_is_asked_is_what_is_recorded() -> None:
    """To record it anew: python -m tests.contract.third_parties."""
    assert await third_parties.everything() == {"whatsapp.json": WHATSAPP, "stripe.json": STRIPE}


def test_every_body_that_an_intent_can_have_is_recorded() -> None:
    assert {type(body) for body in third_parties.BODIES.values()} == set(Body.__args__)  # type: ignore[attr-defined]


# --- WhatsApp ---


@pytest.mark.parametrize("name", WHATSAPP)
def test_whatsapp_takes_each_recorded_body(name: str) -> None:
    sent = graph_checks.check(WHATSAPP[name]["body"])
    assert isinstance(sent, graph_checks.Send) and sent.tracker is not None
    assert WHATSAPP[name]["authorised"]


def asked(body: Body) -> dict[str, Any]:
    return request_body(Message(NUMBER, third_parties.TO, None, body, f"{INTENT}:1"))


def buttons(count: int = 1, text: str = "?", title: str = "Yes", identity: str = "b") -> Buttons:
    """Buttons whose titles and ids differ in their last character."""
    ends = "123456789"[:count]
    return Buttons(text=text, buttons=[Choice(id=identity[:-1] + end, title=title[:-1] + end) for end in ends])


def rows(
    count: int = 1, text: str = "?", button: str = "Times", title: str = "Monday", description: str = "10"
) -> ListMenu:
    return ListMenu(
        text=text,
        button=button,
        rows=[Choice(id=f"row:{number}", title=title, description=description) for number in range(count)],
    )


# Limit → the longest or most that is taken, and one more.
WHATSAPP_LIMITS: dict[str, tuple[Body, Body]] = {
    "a text has 4,096 characters": (Text(text="x" * 4_096), Text(text="x" * 4_097)),
    "a text is not empty": (Text(text="x"), Text(text=" ")),
    "a text with buttons has 1,024": (buttons(text="x" * 1_024), buttons(text="x" * 1_025)),
    "a text with a list has 1,024": (rows(text="x" * 1_024), rows(text="x" * 1_025)),
    "there are up to 3 buttons": (buttons(3), buttons(4)),
    "there is a button": (buttons(1), buttons(0)),
    "a button's title has 20 characters": (buttons(title="x" * 20), buttons(title="x" * 21)),
    "a button's id has 256": (buttons(identity="x" * 256), buttons(identity="x" * 257)),
    "a list has 10 rows": (rows(10), rows(11)),
    "a list has a row": (rows(1), rows(0)),
    "a list's button has 20 characters": (rows(button="x" * 20), rows(button="x" * 21)),
    "a row's title has 24": (rows(title="x" * 24), rows(title="x" * 25)),
    "a row's description has 72": (rows(description="x" * 72), rows(description="x" * 73)),
    "a template's name has 512": (Template(name="x" * 512, language="en"), Template(name="x" * 513, language="en")),
}


@pytest.mark.parametrize("limit", WHATSAPP_LIMITS)
def test_what_is_within_a_limit_of_whatsapps_is_taken_and_one_more_is_refused(limit: str) -> None:
    within, beyond = WHATSAPP_LIMITS[limit]
    graph_checks.check(asked(within))
    with pytest.raises(GraphError):
        graph_checks.check(asked(beyond))


def with_parameter(value: str) -> dict[str, Any]:
    body = copy.deepcopy(WHATSAPP["template"]["body"])
    body["template"]["components"][0]["parameters"][0]["text"] = value
    return body


@pytest.mark.parametrize("value", ["two\nlines", "a\ttab", "five     spaces", ""])
def test_a_template_parameter_has_no_newline_tab_or_five_spaces_and_is_not_empty(value: str) -> None:
    graph_checks.check(with_parameter("four    spaces"))
    with pytest.raises(GraphError):
        graph_checks.check(with_parameter(value))
    if value:  # dialogue writes a dash for an empty one
        graph_checks.check(asked(Template(name="note", language="en", parameters=[value])))  # the gateway mends it


def test_the_callback_data_has_512_characters() -> None:
    body = WHATSAPP["text"]["body"]
    graph_checks.check(body | {"biz_opaque_callback_data": "x" * 512})
    with pytest.raises(GraphError):
        graph_checks.check(body | {"biz_opaque_callback_data": "x" * 513})


# --- every text of ours ---


def at_its_longest(table: str, key: str, text: str) -> str:
    """A text with the longest thing in each placeholder."""
    names = texts.placeholders(table, key)
    return text.format(**{name: "x" * texts.PLACEHOLDERS[name] for name in names}).strip()


# What is said to a client by itself; the other tables are parts of these, or for the artist's notices.
_WHOLE = ("messages", "questions", "statuses")


@pytest.mark.parametrize("language", STUDIO.copies)
def test_whatsapp_takes_every_text_in_both_languages_however_long_it_grows(language: str) -> None:
    said = STUDIO.copies[language]
    count = 0
    for table in _WHOLE:
        for key in texts.tables(STUDIO.questions)[table]:
            text = at_its_longest(table, key, getattr(said, table)[key])
            under = said.buttons(key)
            graph_checks.check(asked(Buttons(text=text, buttons=under) if under else Text(text=text)))
            count += 1
    assert count > 60, "hardly any text was looked at"


@pytest.mark.parametrize("language", STUDIO.copies)
def test_whatsapp_takes_every_template_in_both_languages(language: str) -> None:
    made = {
        key: templates.own(
            STUDIO, language, key, dict.fromkeys(texts.PLACEHOLDERS, "some words"), "A whole message.\nYes"
        )
        for key in STUDIO.file.templates
    }
    for key, template in made.items():
        if template is None:
            assert key == templates.NOTICE and language != STUDIO.file.language, key
            continue
        graph_checks.check(asked(template))


# --- Stripe ---

SESSION, REFUND = STRIPE["create a session"]["parameters"], STRIPE["refund a payment"]["parameters"]


def test_stripe_takes_each_recorded_request() -> None:
    amount, currency, name, expires_at = stripe_checks.check_session(SESSION, NOW_S)
    assert (amount, currency, name) == (15_000, "gbp", "Tattoo deposit") and expires_at - NOW_S < 24 * 3_600
    stripe_checks.check_refund(REFUND)


def test_every_request_that_makes_something_has_a_key_of_up_to_255_characters() -> None:
    for name, request in STRIPE.items():
        made = request["request"].startswith("POST") and not request["request"].endswith("/expire")
        assert ("idempotency_key" in request) == made, name
        assert len(request.get("idempotency_key", "")) <= KEY_CHARS_MAX == 255


def session(**changed: Any) -> dict[str, Any]:
    return copy.deepcopy(SESSION) | changed


def costing(pence: int) -> dict[str, Any]:
    made = session()
    made["line_items"][0]["price_data"]["unit_amount"] = str(pence)
    return made


def noted(keys: int) -> dict[str, str]:
    return {f"key {number}": "v" for number in range(keys)}


STRIPE_LIMITS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "it expires no sooner than in 30 minutes": (
        session(expires_at=str(NOW_S + 1_800)), session(expires_at=str(NOW_S + 1_799)),
    ),
    "it expires no later than in 24 hours": (
        session(expires_at=str(NOW_S + 86_400)), session(expires_at=str(NOW_S + 86_401)),
    ),
    "metadata has 50 keys": (session(metadata=noted(50)), session(metadata=noted(51))),
    "a key has 40 characters": (session(metadata={"k" * 40: "v"}), session(metadata={"k" * 41: "v"})),
    "a value has 500": (session(metadata={"k": "v" * 500}), session(metadata={"k": "v" * 501})),
    "the payment's metadata has the same limits": (
        session(payment_intent_data={"metadata": {"k": "v" * 500}}),
        session(payment_intent_data={"metadata": {"k": "v" * 501}}),
    ),
    "a sum is at least 30 pence": (costing(30), costing(29)),
    "no parameter is unknown": (session(), session(expires="1")),
}  # fmt: skip


@pytest.mark.parametrize("limit", STRIPE_LIMITS)
def test_what_is_within_a_limit_of_stripes_is_taken_and_one_more_is_refused(limit: str) -> None:
    within, beyond = STRIPE_LIMITS[limit]
    stripe_checks.check_session(within, NOW_S)
    with pytest.raises(StripeError):
        stripe_checks.check_session(beyond, NOW_S)


@pytest.mark.parametrize("changed", [{"reason": "because"}, {"metadata": {"k": "v" * 501}}, {"sum": "1"}])
def test_a_refund_that_stripe_would_not_take_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(StripeError):
        stripe_checks.check_refund(REFUND | changed)
