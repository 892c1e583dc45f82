"""DOMAIN §4, 24-hour window: outside it WhatsApp takes no text, only a template that Meta has approved.

Every message for a client carries the template that may go in its place: one of its own with the same content (it gates like
the text), else the invitation, which only asks her to write and gates nothing: the message itself then goes out with her
next one. Which of the two went out is the sender's to say. A template's text stands in the copy file's `[templates]`, as
Meta has approved it; its placeholders, in their order, are the parameters.
"""

import re
import string
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from inkgate_common.contracts.intents import Template
from inkgate_dialogue.domain.copy import Copy
from inkgate_dialogue.domain.copy_tables import MESSAGES
from inkgate_dialogue.domain.problem import Problem, nearest
from inkgate_dialogue.domain.studio import File, Studio

INVITATION = "invitation"  # what goes where a message has no template of its own
NOTICE = "notice"  # what goes to an artist outside her window
BODY_MAX = 1_024  # characters of a template's body with its parameters (WhatsApp Manager, 'Message templates')
LONG = timedelta(hours=12)
NOTHING = "–"  # WhatsApp refuses an empty parameter

_NAME = re.compile(r"[a-z0-9_]{1,512}")


def cleaned(value: str) -> str:
    """A parameter as WhatsApp takes it: no newline, tab, or more than four spaces (FACTS §2), and not empty."""
    return " ".join(value.split()) or NOTHING


def may_shut(window_expires_at: datetime | None, now: datetime) -> bool:
    """Whether the window may be shut by the time at which a message of now goes out. (It is not worth a template of its own
    while it stays open for long: a sender that is held for longer than that has the invitation.)"""
    return window_expires_at is None or window_expires_at - now < LONG


def own(studio: Studio, language: str | None, key: str, words: Mapping[str, Any], message: str) -> Template | None:
    """The template of this message in her language, filled. None where the studio has none, a word for it is missing, or
    it would be too long. `message` is the whole text as it would be said."""
    approved = studio.file.templates.get(key)
    if approved is None:
        return None
    text = studio.copy_in(language).templates.get(approved.text or key)
    if text is None:
        return None
    known: dict[str, Any] = {**words, "studio": studio.file.name, "message": message}
    names = placeholders(text)
    if any(name not in known for name in names):
        return None
    parameters = [cleaned(str(known[name])) for name in names]
    if len(text.format(**dict(zip(names, parameters, strict=True)))) > BODY_MAX:
        return None
    return Template(
        name=approved.name,
        language=approved.code(studio.language_in(language)),
        parameters=parameters,
        same_content=approved.same_content,
    )


def invitation(studio: Studio, language: str | None) -> Template | None:
    """What asks her to write, so that the window opens again."""
    known = studio.invitations
    spoken = studio.language_in(language)
    if spoken not in known:
        known[spoken] = own(studio, language, INVITATION, {}, "")
    return known[spoken]


def notice(studio: Studio, text: str) -> Template | None:
    """What an artist gets outside her window: the notice in one paragraph, cut where it would be too long."""
    told = " · ".join(line.strip() for line in text.splitlines() if line.strip())
    frame = studio.copy.templates.get(NOTICE, "")
    room = BODY_MAX - len(frame) - len(studio.file.name)
    return own(studio, studio.file.language, NOTICE, {}, told if len(told) <= room else f"{told[: room - 1]}…")


def placeholders(text: str) -> list[str]:
    """The names in braces, in their order."""
    return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]


def numbered(text: str) -> str:
    """A template's text as it is written at Meta: {{1}}, {{2}}, …"""
    for number, name in enumerate(placeholders(text), 1):
        text = text.replace(f"{{{name}}}", f"{{{{{number}}}}}")
    return text


def check(file: File) -> Iterator[Problem]:
    """What is wrong with the studio file's section."""
    for key, approved in file.templates.items():
        if key not in (*MESSAGES, INVITATION, NOTICE):
            yield Problem(("templates", key), f"is no message{nearest(key, (*MESSAGES, INVITATION, NOTICE))}")
        if not _NAME.fullmatch(approved.name):
            says = f"must be lower case letters, digits and _, as at Meta, not '{approved.name}'"
            yield Problem(("templates", key, "name"), says)
        if key == INVITATION and approved.same_content:
            yield Problem(("templates", key), "only asks her to write: it needs same_content = false")


def check_texts(file: File, copy: Copy, language: str) -> Iterator[Problem]:
    """What is wrong with a copy file's section: each template has a text, of a shape that Meta approves."""
    texts: object = copy.templates
    if not isinstance(texts, dict):
        yield Problem(("templates",), "must be a table")
        return
    for key in texts:
        if key not in (*MESSAGES, INVITATION, NOTICE):
            yield Problem(("templates", key), f"is no message{nearest(key, (*MESSAGES, INVITATION, NOTICE))}")
    for key in file.templates:
        if key not in (*MESSAGES, INVITATION, NOTICE) or (key == NOTICE and language != file.language):
            continue
        named = file.templates[key].text or key
        wrong = _wrong(key, texts.get(named))
        if wrong is not None:
            yield Problem(("templates", named), wrong)


def _wrong(key: str, text: object) -> str | None:
    if not isinstance(text, str) or not text.strip():
        return "is missing: write the text that Meta has approved"
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        return f"has wrong braces ({error}); write {{{{ and }}}} for braces"
    names = placeholders(text)
    allowed = ("studio", *(() if key == INVITATION else (*MESSAGES.get(key, ()), "message")))
    strange = next((name for name in names if name not in allowed), None)
    if strange is not None:
        known = ", ".join(f"{{{one}}}" for one in allowed)
        return f"has an unknown placeholder {{{strange}}}; here it can be {known}"
    if len(set(names)) != len(names):
        return "has a placeholder twice; each is one parameter"
    between = [said for said, name, _, _ in parts[1:] if name is not None]
    if names and (not parts[0][0].strip() or parts[-1][1] is not None or not all(said.strip() for said in between)):
        return "begins or ends with a placeholder, or has two together: Meta approves no such text"
    if len(text) > BODY_MAX // 2:
        return f"has {len(text)} characters; {BODY_MAX // 2} leave room for the parameters"
    return None
