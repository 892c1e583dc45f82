"""Whether a copy file is right: all that a studio needs, each text within its length and with placeholders that it has."""

import string
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec

from inkgate_dialogue.domain.copy import Copy, CopyError, Dates, Language
from inkgate_dialogue.domain.copy_tables import (
    BEFORE_A_QUESTION,
    BEFORE_THE_FIRST,
    BUTTON_TEXT_MAX,
    LABEL_MAX,
    PLACEHOLDERS,
    SENTENCES,
    SHORT,
    TEXT_MAX,
    TITLE_MAX,
    placeholders,
    tables,
)
from inkgate_dialogue.domain.problem import Problem, nearest
from inkgate_dialogue.domain.questions import QUESTIONS
from inkgate_dialogue.domain.questions.reading import bare
from inkgate_dialogue.domain.studio_shape import shape

# Tables that are no texts, or not texts alone; each is checked by its own function.
_OTHER_TABLES = ("language", "refused", "assumed", "buttons", "templates", "dates", "places")
# Yes/no questions whose texts come with Inkgate, for studios that ask them (`[[consent]]`).
CONSENTS = ("age", "data_use")
# Buttons that lie under something else than a question.
_OTHER_BUTTONS = ("tour_offer",)


def checked(raw: dict[str, Any], questions: list[str], studio: str, where: str) -> Copy:
    """The texts of a file. Raises CopyError that names what is missing, too long or unknown: all of it in `problems`, the
    first in its text."""
    found = list(problems(raw, questions))
    if found:
        raise CopyError(f"{where}: {found[0].where} {found[0].says}", found)
    return Copy(
        studio=studio,
        messages=raw["messages"],
        questions=raw["questions"],
        hints=raw["hints"],
        buttons_of=raw.get("buttons", {}),
        statuses=raw["statuses"],
        notices=raw["notices"],
        labels=raw["labels"],
        reasons=raw["reasons"],
        packet=raw["packet"],
        links=raw["links"],
        line=raw["line"],
        refused=_flat(raw["refused"]),
        assumed=_flat(raw["assumed"]),
        templates=raw.get("templates", {}),
        language=msgspec.convert(raw["language"], Language),
        dates=msgspec.convert(raw["dates"], Dates),
        places=raw.get("places", {}),
    )


def problems(raw: dict[str, Any], questions: Sequence[str]) -> Iterator[Problem]:
    """Everything that is wrong with a copy file for a studio that asks these questions."""
    wanted = tables(questions)
    for table in raw:
        if table not in wanted and table not in _OTHER_TABLES:
            yield Problem((table,), f"is unknown{nearest(table, (*wanted, *_OTHER_TABLES))}")
    lengths: dict[tuple[str, str], int] = {}
    for table, keys in wanted.items():
        texts = raw.get(table, {})
        if not isinstance(texts, dict):
            yield Problem((table,), "must be a table")
            continue
        # Texts of questions that this studio does not ask may stay.
        known = (*keys, *QUESTIONS, *CONSENTS) if keys is questions else keys
        for key in texts:
            if key not in known:
                yield Problem((table, key), f"is unknown{nearest(key, known)}")
        for key in keys:
            longest = _length(table, key, texts.get(key))
            if isinstance(longest, Problem):
                yield longest
            else:
                lengths[(table, key)] = longest
    for table in SENTENCES:
        yield from _sentences(raw.get(table, {}), table, (*questions, *QUESTIONS))
    yield from _language(raw.get("language", {}))
    buttons = raw.get("buttons", {})
    yield from _buttons(buttons, (*questions, *QUESTIONS, *CONSENTS, *_OTHER_BUTTONS))
    yield from _dates(raw.get("dates", {}))
    yield from _places(raw.get("places", {}))
    yield from _bubbles(lengths, buttons if isinstance(buttons, dict) else {}, questions)


def _flat(sentences: dict[str, Any]) -> dict[str, Any]:
    """[refused] or [assumed] with the sentences for one question alone (`budget.no_figure`) beside the general ones."""
    flat: dict[str, Any] = {}
    for key, said in sentences.items():
        flat.update({f"{key}.{inner}": text for inner, text in said.items()} if isinstance(said, dict) else {key: said})
    return flat


def _language(raw: Any) -> Iterator[Problem]:
    yield from shape(raw, Language, ("language",))
    for key in ("words", "choose"):
        listed = raw.get(key) if isinstance(raw, dict) else None
        for number, word in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(word, str) and (bare(word) != word or not word):
                says = f"is compared without capitals and punctuation: write '{bare(word)}', not '{word}'"
                yield Problem(("language", key, number), says)


def _places(raw: Any) -> Iterator[Problem]:
    """[places]: English names of cities, and what they are called."""
    if not isinstance(raw, dict):
        yield Problem(("places",), "must be a table")
        return
    for name, called in raw.items():
        if not isinstance(called, str) or not 0 < len(called) <= PLACEHOLDERS["place"]:
            says = f"must be a name of 1 to {PLACEHOLDERS['place']} characters"
            yield Problem(("places", name), says)


def _dates(raw: Any) -> Iterator[Problem]:
    """[dates]: a day and a span that can be written by it, within their length."""
    try:
        dates = msgspec.convert(raw, Dates)
        longest = max(len(dates.between(date(2030, m, 28), date(2031, m, 28))) for m in range(1, 13))
    except (msgspec.ValidationError, LookupError, ValueError, TypeError, AttributeError) as error:
        says = "needs a day of {day}, {month}, {year}, a span of {first}, {last}, and twelve months"
        yield Problem(("dates",), f"{says}: {error}")
        return
    if longest > PLACEHOLDERS["dates"] or len(dates.months) != 12:
        yield Problem(("dates",), f"needs twelve months, and spans of at most {PLACEHOLDERS['dates']} characters")


def _length(table: str, key: str, text: Any) -> int | Problem:
    """How long a text can grow, or what is wrong with it."""
    at = (table, key)
    if not isinstance(text, str) or not text.strip():
        return Problem(at, "is missing: write its text")
    try:
        longest = _longest(text, placeholders(table, key))
    except ValueError as error:
        return Problem(at, str(error))
    if table == "labels" and longest > LABEL_MAX:
        return Problem(at, f"has {longest} characters; it may have {LABEL_MAX}")
    if table == "messages" and longest > SHORT.get(key, TEXT_MAX):
        return Problem(at, f"may grow to {longest} characters; WhatsApp shows {SHORT[key]} there")
    if table in ("questions", "hints") and longest > PLACEHOLDERS["text"]:
        return Problem(at, f"may grow to {longest} characters; it may have {PLACEHOLDERS['text']}")
    return longest


def _sentences(raw: Any, table: str, questions: Sequence[str]) -> Iterator[Problem]:
    """[refused] or [assumed]: a sentence for each key, and further ones for a question (`budget.no_figure = "…"`)."""
    if not isinstance(raw, dict):
        yield Problem((table,), "must be a table")
        return
    flat, known = _flat(raw), SENTENCES[table]
    for key in dict.fromkeys((*known, *flat)):
        question, _, reason = key.rpartition(".")
        at, said = (table, *key.split(".")), flat.get(key)
        if question and question not in questions:
            yield Problem(at, f"is for no question{nearest(question, questions)}")
        elif reason not in known:
            yield Problem(at, f"is unknown{nearest(reason, known)}")
        elif not isinstance(said, str) or not said.strip():
            yield Problem(at, "is missing: write its text")
        else:
            yield from _too_long(said, ("studio", *known[reason]), at)


def _too_long(said: str, allowed: tuple[str, ...], at: tuple[str, ...]) -> Iterator[Problem]:
    try:
        grown = _longest(said, allowed)
    except ValueError as error:
        yield Problem(at, str(error))
        return
    if grown > PLACEHOLDERS["why"]:
        yield Problem(at, f"may grow to {grown} characters; it may have {PLACEHOLDERS['why']}")


def _longest(text: str, allowed: tuple[str, ...]) -> int:
    """How long a text can grow. Raises ValueError where its braces are wrong or it may outgrow what WhatsApp takes."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"has wrong braces ({error}); write {{{{ and }}}} for braces") from None
    longest = 0
    for said, name, spec, conversion in parts:
        longest += len(said)
        if name is None:
            continue
        if name not in allowed or spec or conversion:
            known = ", ".join(f"{{{one}}}" for one in allowed)
            raise ValueError(f"has an unknown placeholder {{{name}}}; here it can be {known}")
        longest += PLACEHOLDERS[name]
    if longest > TEXT_MAX:
        raise ValueError(f"may grow to {longest} characters; WhatsApp takes {TEXT_MAX}")
    return longest


def _buttons(buttons: Any, known: Sequence[str]) -> Iterator[Problem]:
    """Up to three reply buttons a question; none takes those away that come with Inkgate."""
    if not isinstance(buttons, dict):
        yield Problem(("buttons",), "must be a table")
        return
    for key, choices in buttons.items():
        if key not in known:
            yield Problem(("buttons", key), f"is no question{nearest(key, known)}")
        if not isinstance(choices, list) or len(choices) > 3:
            count = len(choices) if isinstance(choices, list) else "no list of"
            yield Problem(("buttons", key), f"has {count} buttons; WhatsApp shows up to three")
            continue
        for number, choice in enumerate(choices):
            texts = choice if isinstance(choice, dict) else {}
            title, identity = texts.get("title"), texts.get("id")
            if not isinstance(title, str) or not 1 <= len(title) <= TITLE_MAX or not isinstance(identity, str):
                yield Problem(("buttons", key, number), f"needs an id and a title of 1 to {TITLE_MAX} characters")


def _bubbles(
    lengths: dict[tuple[str, str], int], buttons: dict[str, Any], questions: Sequence[str]
) -> Iterator[Problem]:
    """One turn is one message: what stands before a question must leave room for it (and buttons take less text)."""
    for number, key in enumerate(questions):
        limit = BUTTON_TEXT_MAX if buttons.get(key) else TEXT_MAX
        for before in (*BEFORE_A_QUESTION, *(() if number else BEFORE_THE_FIRST)):
            whole = lengths.get(("questions", key), 0) + 2 + lengths.get(("messages", before), 0)
            if whole > limit:
                beside = " beside buttons" if buttons.get(key) else ""
                says = f"and messages.{before} may grow to {whole} characters together; WhatsApp takes {limit}{beside}"
                yield Problem(("questions", key), says)
                break
