"""What the bot says: one copy file per language, its lengths and placeholders checked when it is loaded."""

import re
import string
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import msgspec

from inkgate_common.contracts.intents import Choice
from inkgate_common.errors import InkgateError
from inkgate_dialogue.domain.amounts import amount
from inkgate_dialogue.domain.lead import Tour
from inkgate_dialogue.domain.problem import Problem, nearest
from inkgate_dialogue.domain.questions import QUESTIONS
from inkgate_dialogue.domain.questions.countries import countries
from inkgate_dialogue.domain.questions.reading import bare
from inkgate_dialogue.domain.studio_shape import shape

TEXT_MAX = 4_096  # WhatsApp's limit for a text (FACTS §2)
BUTTON_TEXT_MAX = 1_024
TITLE_MAX = 20
LABEL_MAX = 30
TOLD_MAX = 100  # of an answer of hers, in a summary

# Placeholder → the longest thing that can stand there.
PLACEHOLDERS = {
    "commands": 600,
    "codes": 600,
    "code": 40,
    "action": 40,
    "example": 80,
    "allowed": 300,
    "category": 20,
    "deposit": 16,
    "studio": 80,
    "amount": 16,
    "url": 2_048,
    "minimum": 16,
    "reason": 1_500,
    "text": 1_500,
    "slot": 1_500,
    "slots": 600,
    "price": 30,
    "why": 300,
    "said": 60,
    "size": 20,
    "currency": 4,
    "city": 100,
    "summary": 400,
    "what": 160,
    "place": 80,
    "dates": 120,
    "note": 200,
}
# Message → what it can say besides the studio's name.
_SAYS = {
    "repair_1": ("why", "text"),
    "repair_2": ("why", "text"),
    "ask": ("text",),
    "place_read": ("text",),
    "budget_low": ("minimum",),
    "deposit_link": ("amount", "url"),
    "payment_failed": ("amount", "url"),
    "link_expired": ("amount", "url"),
    "refunded": ("amount", "url"),
    "deposit_reminder_1": ("amount", "url"),
    "deposit_reminder_2": ("amount", "url"),
    "appointment_reminder": ("slot",),
    "payment_confirmation": ("amount",),
    "booking_confirmation": ("slot",),
    "booking_invitation": ("url",),
    "deposit_link_slot": ("amount", "url", "slot"),
    "payment_confirmation_slot": ("amount", "slot"),
    "slot_confirmation": ("slot",),
    "slots_offered": ("slots",),
    "slots_again": ("why", "slots"),
    "slots_gone": ("slots",),
    "slots_lost": ("slots",),
    "rejection": ("reason",),
    "cancellation": ("reason",),
    "so_far": ("summary",),
    "corrected": ("what",),
    "corrected_late": ("what",),
    "tour_offer": ("city", "place", "dates", "note"),
    "tour_opens": ("city", "place", "dates", "note"),
    "tour_prompt": ("place", "dates"),
    "tour_accepted": ("place", "dates"),
    "waitlisted": ("city",),
}
# Status → what its reply can say besides.
_STATUS_SAYS = {"AWAITING_DEPOSIT": ("amount", "url"), "BOOKED": ("slot",)}
# Messages that a question follows in the same bubble; `ask` with nothing but the question among them.
_BEFORE_A_QUESTION = (
    "continue", "media_wrong_step", "voice_note", "not_an_answer", "send_again", "corrected", "edit_not_read",
    "so_far", "correct_how", "still_open",
    "language_chosen",
)  # fmt: skip
_BEFORE_THE_FIRST = ("welcome", "welcome_back", "restart")
MESSAGES = (
    "welcome",
    "so_far",
    "corrected_late",
    "correct_how",
    "repair_1",
    "repair_2",
    "handover",
    "complexity_handover",
    "coverup_handover",
    "budget_low",
    "completion",
    "deposit_link",
    "rejection",
    "payment_confirmation",
    "booking_confirmation",
    "cancellation",
    "opt_out_confirmation",
    "continue",
    "holding",
    "human",
    "refund_asked",
    "erase_asked",
    "link_expired",
    "payment_failed",
    "refunded",
    "reminder_1",
    "reminder_2",
    "deposit_reminder_1",
    "deposit_reminder_2",
    "tour_reminder",
    "windows_reminder",
    "appointment_reminder",
    "booking_late",
    "ask",
    "restart",
    "media_wrong_step",
    "voice_note",
    "not_an_answer",
    "send_again",
    "corrected",
    "edit_not_read",
    "place_read",
    "panic_holding",
    "disputed",
    "welcome_back",
    "follow_up",
    "closed",
    "link_coming",
    "choose_a_slot",
    "language_chosen",
    "no_hurry",
    "still_open",
    "handover_late",
    "human_late",
    "holding_late",
    "tour_offer",
    "tour_opens",
    "tour_prompt",
    "tour_accepted",
    "tour_declined",
    "waitlisted",
    "consent_refused",
    "booking_invitation",
    "deposit_link_slot",
    "payment_confirmation_slot",
    "slot_confirmation",
    "slot_several_days",
    "slots_offered",
    "slots_again",
    "slots_gone",
    "slots_lost",
    "slots_button",
    "slots_none",
    "windows_ask",
    "windows_more",
    "windows_thanks",
)
# Texts on a list's button and in its row (FACTS §2).
_SHORT = {"slots_button": 20, "slots_none": 24}
STATUS_REPLIES = (
    "PENDING_APPROVAL",
    "AWAITING_DEPOSIT",
    "DEPOSIT_EXPIRED",
    "DEPOSIT_PAID",
    "BOOKING_PENDING",
    "COLLECTING_TIME_WINDOWS",
    "NEEDS_FOLLOW_UP",
    "TOUR_CONVERSION_OFFERED",
    "WAITLISTED",
    "BOOKED",
)
NOTICES = (
    "corrected",
    "completed",
    "handover",
    "paid",
    "paid_unexpectedly",
    "paid_twice",
    "disputed",
    "refund_failed",
    "deposit_failed",
    "budget_low",
    "refund_asked",
    "erase_asked",
    "refunded",
    "approval_waiting",
    "stale",
    "booking_waiting",
    "booking_overdue",
    "windows_waiting",
    "handover_waiting",
    "send_failed",
    "edited_answer",
    "takeover",
    "panic",
    "client_wrote",
    "client_answered",
    "slot_chosen",
    "slot_lost",
    "windows",
    "calendar_unread",
)


# Why an answer was refused (`Refused.reason`) → what its sentence can say. `question.reason` in a file is for one question
# alone and goes before the general one.
REFUSED: dict[str, tuple[str, ...]] = {
    "empty": (),
    "wrong_field": ("said",),
    "one_at_a_time": (),
    "no_size": (),
    "several_sizes": (),
    "not_positive": ("said",),
    "too_large": ("said",),
    "no_choice": (),
    "several_choices": (),
    "not_yes_or_no": (),
    "no_figure": (),
    "several_figures": (),
    "negative": ("said",),
    "below_minimum": ("said", "minimum"),
    "other_currency": ("said", "currency"),
    "too_much": ("said",),
    "no_city": (),
    "country_not_city": ("said",),
    "several_cities": (),
    "no_country": (),
    "several_countries": (),
    "no_handle": (),
    "no_time": (),
    "no_slot": (),
    "slot_not_offered": (),
    "several_slots": (),
    "puzzled": (),
}
# What was assumed of a good answer (`Understood.assumed`) → what its sentence can say.
ASSUMED: dict[str, tuple[str, ...]] = {
    "square": ("said", "size"),
    "upper": ("said", "size"),
    "compared": ("said", "size"),
    "converted": ("said", "amount"),
}
_BECAUSE = {"refused": REFUSED, "assumed": ASSUMED}


# What stands around a notice; what a link or a word of hers does; what an artist's line answers (key → placeholders).
PACKET = (
    "nobody", "no_number", "estimate", "last", "tour_offered", "tour_accepted", "tour_declined", "yes", "no", "weeks",
    "months", "flexible",
)  # fmt: skip
# Why an artist takes over, for her: the reasons that the rules record, as keys, and what each says besides.
REASONS: dict[str, tuple[str, ...]] = {
    "complexity": (),
    "coverup": (),
    "cover_up_words": (),
    "asked_for_the_artist": (),
    "haggling": (),
    "hesitates": (),
    "does_not_want_it_any_more": (),
    "asks_about_dates": (),
    "a_long_question": (),
    "wants_to_change_what_was_approved": (),
    "no_free_slot": (),
    "does_not_want_a_new_link": (),
    "three_strikes": ("what",),
    "instead_of_an_answer": ("what",),
}
LINKS = (
    "approve", "reject", "ask", "resume", "send_deposit", "change_deposit", "resend", "force", "book", "cancel", "refund",
    "erase", "offer_slots",
)  # fmt: skip
LINE: dict[str, tuple[str, ...]] = {
    "help": ("commands",),
    "which": ("codes",),
    "unknown_code": ("code", "codes"),
    "needs": ("action", "example"),
    "done": ("action", "code"),
    "refused": ("action", "code", "reason", "allowed"),
}


class CopyError(InkgateError):
    """A text is wrong, or would grow too long; the text of the error names the file, the key and what is expected.
    `problems` are all that a file has."""

    def __init__(self, text: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(text)
        self.problems = problems


class Language(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[language] of a copy file. `words` are such as no other language has: a first message with them is in it; `choose` are
    whole messages that ask for it, in any language."""

    name: str
    words: list[str]
    choose: list[str]


class Dates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a language writes days: `day` of {day}, {month}, {year}; `span` of two such, {first} and {last}; twelve months."""

    day: str
    span: str
    months: list[str]

    def written(self, day: date) -> str:
        return self.day.format(day=day.day, month=self.months[day.month - 1], year=day.year)

    def between(self, first: date, last: date) -> str:
        """A span of days, or the one day that it is."""
        if first == last:
            return self.written(first)
        return self.span.format(first=self.written(first), last=self.written(last))


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """The texts of one language."""

    studio: str
    messages: dict[str, str]
    questions: dict[str, str]
    hints: dict[str, str]
    buttons_of: dict[str, list[dict[str, str]]]
    statuses: dict[str, str]
    notices: dict[str, str]
    dates: Dates
    labels: dict[str, str]
    reasons: dict[str, str] = {}
    packet: dict[str, str] = {}
    links: dict[str, str] = {}
    line: dict[str, str] = {}
    refused: dict[str, str] = {}
    assumed: dict[str, str] = {}
    templates: dict[str, str] = {}
    language: Language = Language(name="", words=[], choose=[])
    places: dict[str, str] = {}

    @classmethod
    def checked(cls, raw: dict[str, Any], questions: list[str], studio: str, where: str) -> "Copy":
        """The texts of a file. Raises CopyError that names what is missing, too long or unknown: all of it in `problems`,
        the first in its text."""
        found = list(problems(raw, questions))
        if found:
            raise CopyError(f"{where}: {found[0].where} {found[0].says}", found)
        return cls(
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

    def text(self, key: str, **words: Any) -> str:
        """A message with its placeholders filled. Texts that gate are never split, so the length is checked here too."""
        said = self.messages[key].format(studio=self.studio, **words).strip()
        if len(said) > TEXT_MAX:
            raise CopyError(f"'{key}' would have {len(said)} characters; WhatsApp takes {TEXT_MAX}")
        return said

    def tour(self, key: str, tour: Tour, **words: Any) -> str:
        """A message about a stop of the tour."""
        dates = self.dates.between(tour.starts, tour.ends)
        said = self.text(key, place=tour.city, dates=dates, note=tour.note, **words)
        return re.sub(" {2,}", " ", said)  # a stop without a note leaves no gap

    def question(self, key: str) -> str:
        """A question's text; nothing for one that the file has no text of (it is asked no more)."""
        return self.questions.get(key, "").format(studio=self.studio).strip()

    def hint(self, key: str) -> str:
        """An example of a good answer."""
        return self.hints.get(key, "").format(studio=self.studio).strip()

    def told(self, question: str, text: str, value: Any, currency: str) -> str:
        """An answer as it was understood, with its name: 'size: 8 × 12 cm'."""
        text = self.meant(question, text, value, currency)
        return f"{self.labels[question]}: {shortened(' '.join(text.split()), TOLD_MAX)}"

    def meant(self, question: str, text: str, value: Any, currency: str) -> str:
        """What an answer was understood as: '8 × 12 cm', 'Leeds'; her words where they are all there is."""
        match question, value:
            case "dimensions", {"width_cm": width, "height_cm": height}:
                text = f"{width:g} × {height:g} cm"
            case "budget", int():
                text = amount(value, currency)
            case ("location_city", str() as city) | ("travel_city", {"city": str() as city}):
                text = self.place(city)
            case "location_country", str() as code:
                text = self.place(countries().english.get(code, text))
        return text

    def place(self, name: str) -> str:
        """A city as this language calls it; by the data's own (English) name where it has no other."""
        return self.places.get(name, name)

    def why(self, question: str, reason: str, words: dict[str, str]) -> str:
        """Why an answer to a question was refused, as a sentence."""
        return self._because("refused", question, reason, words)

    def assumption(self, question: str, assumed: str, words: dict[str, str]) -> str:
        """What was assumed of a good answer, as a sentence."""
        return self._because("assumed", question, assumed, words)

    def _because(self, table: str, question: str, key: str, words: dict[str, str]) -> str:
        """The sentence for one question, else the general one. Nothing raises here: it is said while a message is judged."""
        sentences: dict[str, str] = getattr(self, table)
        said = sentences.get(f"{question}.{key}") or sentences.get(key) or ""
        if "{" not in said:
            return said.strip()
        short = {name: shortened(words.get(name, ""), PLACEHOLDERS[name]) for name in _BECAUSE[table].get(key, ())}
        return said.format(studio=self.studio, **short).strip()

    def status(self, status: str, **words: str) -> str | None:
        """What a message gets while we wait; None in a status in which we do not."""
        said = self.statuses.get(status)
        return said.format(studio=self.studio, **words).strip() if said else None

    def buttons(self, question: str) -> list[Choice]:
        return [Choice(id=choice["id"], title=choice["title"]) for choice in self.buttons_of.get(question, [])]

    def notice(self, key: str, **words: Any) -> str:
        """The line that says what an artist is told; who and what was answered follows it (packet.py)."""
        return self.notices[key].format(studio=self.studio, **({"reason": ""} | words)).strip()

    def reason(self, recorded: str) -> str:
        """Why she takes over, from what a rule recorded: 'haggling', 'three strikes at budget', 'voice instead of an answer
        to idea'. What none of ours recorded stands as it is."""
        for between in ("three strikes", "instead of an answer"):
            _, found, where = recorded.partition(between)
            if found:
                key = where.removeprefix(" at ").removeprefix(" to ")
                return self.reasons[_key(between)].format(studio=self.studio, what=self.labels.get(key, key))
        said = self.reasons.get(_key(recorded))
        return said.format(studio=self.studio) if said is not None else recorded


def _key(words: str) -> str:
    return re.sub("[ -]", "_", words)


def shortened(text: str, longest: int) -> str:
    """At most `longest` characters of what she wrote, with an ellipsis where some are left out."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _flat(sentences: dict[str, Any]) -> dict[str, Any]:
    """[refused] or [assumed] with the sentences for one question alone (`budget.no_figure`) beside the general ones."""
    flat: dict[str, Any] = {}
    for key, said in sentences.items():
        flat.update({f"{key}.{inner}": text for inner, text in said.items()} if isinstance(said, dict) else {key: said})
    return flat


def tables(questions: Sequence[str]) -> dict[str, Sequence[str]]:
    """The tables of texts that a copy file has, each with the keys that it needs."""
    return {
        "messages": MESSAGES,
        "questions": questions,
        "hints": questions,
        "labels": questions,
        "statuses": STATUS_REPLIES,
        "notices": NOTICES,
        "reasons": tuple(REASONS),
        "packet": PACKET,
        "links": LINKS,
        "line": tuple(LINE),
    }


# Tables that are no texts, or not texts alone; each is checked by its own function.
_OTHER_TABLES = ("language", "refused", "assumed", "buttons", "templates", "dates", "places")
# Yes/no questions whose texts come with Inkgate, for studios that ask them (`[[consent]]`).
CONSENTS = ("age", "data_use")
# Buttons that lie under something else than a question.
_OTHER_BUTTONS = ("tour_offer",)


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
    for table in _BECAUSE:
        yield from _sentences(raw.get(table, {}), table, (*questions, *QUESTIONS))
    yield from _language(raw.get("language", {}))
    buttons = raw.get("buttons", {})
    yield from _buttons(buttons, (*questions, *QUESTIONS, *CONSENTS, *_OTHER_BUTTONS))
    yield from _dates(raw.get("dates", {}))
    yield from _places(raw.get("places", {}))
    yield from _bubbles(lengths, buttons if isinstance(buttons, dict) else {}, questions)


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
    if table == "messages" and longest > _SHORT.get(key, TEXT_MAX):
        return Problem(at, f"may grow to {longest} characters; WhatsApp shows {_SHORT[key]} there")
    if table in ("questions", "hints") and longest > PLACEHOLDERS["text"]:
        return Problem(at, f"may grow to {longest} characters; it may have {PLACEHOLDERS['text']}")
    return longest


def _sentences(raw: Any, table: str, questions: Sequence[str]) -> Iterator[Problem]:
    """[refused] or [assumed]: a sentence for each key, and further ones for a question (`budget.no_figure = "…"`)."""
    if not isinstance(raw, dict):
        yield Problem((table,), "must be a table")
        return
    flat, known = _flat(raw), _BECAUSE[table]
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


def says(key: str) -> tuple[str, ...]:
    """What a message can say besides the studio's name."""
    return _SAYS.get(key, ())


_MAY_SAY: dict[str, Callable[[str], tuple[str, ...]]] = {
    "messages": says,
    "statuses": lambda key: _STATUS_SAYS.get(key, ()),
    "notices": lambda key: ("reason",),
    "reasons": lambda key: REASONS[key],
    "packet": lambda key: _PACKET_SAYS.get(key.partition("_")[0], ()),
    "line": lambda key: LINE[key],
}


_PACKET_SAYS: dict[str, tuple[str, ...]] = {"estimate": ("category", "deposit", "price"), "tour": ("place", "dates")}


def placeholders(table: str, key: str) -> tuple[str, ...]:
    """What may stand in braces there."""
    more = _MAY_SAY[table](key) if table in _MAY_SAY else ()
    return ("studio", *more)


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
        for before in (*_BEFORE_A_QUESTION, *(() if number else _BEFORE_THE_FIRST)):
            whole = lengths.get(("questions", key), 0) + 2 + lengths.get(("messages", before), 0)
            if whole > limit:
                beside = " beside buttons" if buttons.get(key) else ""
                says = f"and messages.{before} may grow to {whole} characters together; WhatsApp takes {limit}{beside}"
                yield Problem(("questions", key), says)
                break
