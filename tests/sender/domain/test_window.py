"""What is judged at the moment of sending."""

from datetime import timedelta
from typing import Any

from inkgate_common.contracts.intents import Template
from inkgate_sender.domain.outcome import Unsendable
from inkgate_sender.domain.window import Choice, choose
from tests.builders.sends import FALLBACK, NOW, intent

PAST, FUTURE = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)


def chosen(fallback_used: bool = False, **fields: Any) -> Choice | Unsendable:
    asked = intent(**fields)
    return choose(
        body=asked.body,
        fallback=asked.fallback,
        fallback_used=fallback_used,
        window_expires_at=asked.window_expires_at,
        expires_at=asked.expires_at,
        now=NOW,
    )


def test_inside_the_window_the_text_goes() -> None:
    assert chosen(window_expires_at=FUTURE, fallback=FALLBACK) == Choice(intent().body, False)


def test_outside_the_window_the_template_goes() -> None:
    assert chosen(window_expires_at=PAST, fallback=FALLBACK) == Choice(FALLBACK, True)


def test_outside_the_window_without_a_template_it_fails() -> None:
    found = chosen(window_expires_at=PAST)
    assert isinstance(found, Unsendable) and found.code == "window"


def test_a_window_that_is_not_known_is_tried() -> None:
    assert chosen(fallback=FALLBACK) == Choice(intent().body, False)


def test_when_whatsapp_said_that_the_window_is_shut_the_template_goes() -> None:
    assert chosen(fallback_used=True, window_expires_at=FUTURE, fallback=FALLBACK) == Choice(FALLBACK, True)


def test_the_artists_window_is_as_the_clients() -> None:
    found = chosen(audience="artist", window_expires_at=PAST, fallback=FALLBACK)
    assert found == Choice(FALLBACK, True)
    assert isinstance(chosen(audience="artist", window_expires_at=None), Choice)


def test_a_template_needs_no_window() -> None:
    template = Template(name="reminder", language="en")
    assert chosen(body=template, window_expires_at=PAST) == Choice(template, False)


def test_what_expired_is_not_sent() -> None:
    found = chosen(expires_at=PAST)
    assert isinstance(found, Unsendable) and found.code == "expired"
    assert isinstance(chosen(expires_at=FUTURE), Choice)
