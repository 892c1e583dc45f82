"""What the bot says: one copy file per language, its lengths and placeholders checked when it is loaded."""

import string
from typing import Any

import msgspec

from inkgate_common.contracts.intents import Choice
from inkgate_common.errors import InkgateError
from inkgate_dialogue.domain.questions import QUESTIONS

TEXT_MAX = 4_096  # WhatsApp's limit for a text (FACTS §2)
BUTTON_TEXT_MAX = 1_024
TITLE_MAX = 20

# Placeholder → the longest thing that can stand there.
PLACEHOLDERS = {
    "studio": 80,
    "amount": 12,
    "url": 2_048,
    "minimum": 12,
    "reason": 1_500,
    "text": 1_500,
    "slot": 1_500,
    "why": 300,
    "said": 60,
    "size": 20,
    "currency": 4,
}
# Message → what it can say besides the studio's name.
_SAYS = {
    "repair_1": ("why", "text"),
    "repair_2": ("why", "text"),
    "ask": ("text",),
    "budget_low": ("minimum",),
    "deposit_link": ("amount", "url"),
    "payment_failed": ("amount", "url"),
    "link_expired": ("amount", "url"),
    "refunded": ("amount", "url"),
    "payment_confirmation": ("amount",),
    "booking_confirmation": ("slot",),
    "rejection": ("reason",),
    "cancellation": ("reason",),
}
# Messages that a question follows in the same bubble; `ask` with nothing but the question among them.
_BEFORE_A_QUESTION = ("continue", "media_wrong_step")
_BEFORE_THE_FIRST = ("welcome", "restart")
MESSAGES = (
    "welcome",
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
    "ask",
    "restart",
    "media_wrong_step",
    "artist_commands",
)
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
    "send_failed",
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
    "several_slots": (),
}
# What was assumed of a good answer (`Understood.assumed`) → what its sentence can say.
ASSUMED: dict[str, tuple[str, ...]] = {
    "square": ("said", "size"),
    "upper": ("said", "size"),
    "compared": ("said", "size"),
    "converted": ("said", "amount"),
}
_BECAUSE = {"refused": REFUSED, "assumed": ASSUMED}


class CopyError(InkgateError):
    """The copy file is wrong; the text names the file, the key and what is expected."""


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """The texts of one language."""

    studio: str
    messages: dict[str, str]
    questions: dict[str, str]
    hints: dict[str, str]
    buttons_of: dict[str, list[dict[str, str]]]
    statuses: dict[str, str]
    notices: dict[str, str]
    refused: dict[str, str] = {}
    assumed: dict[str, str] = {}

    @classmethod
    def checked(cls, raw: dict[str, Any], questions: list[str], studio: str, where: str) -> "Copy":
        """Validate a file. Raises CopyError naming the first thing that is missing, too long or unknown."""
        tables: dict[str, dict[str, Any]] = {}
        wanted = (
            ("messages", MESSAGES),
            ("questions", questions),
            ("hints", questions),
            ("statuses", STATUS_REPLIES),
            ("notices", NOTICES),
        )
        for table, keys in wanted:
            tables[table] = raw.get(table, {})
            for key in keys:
                if not isinstance(tables[table].get(key), str) or not tables[table][key].strip():
                    raise CopyError(f"{where}: [{table}] needs a text for '{key}'")
                _longest(tables[table][key], _placeholders(table, key), f"{where}: [{table}] {key}")
        because = {table: _because(raw.get(table, {}), table, questions, where) for table in _BECAUSE}
        buttons = raw.get("buttons", {})
        for key, choices in buttons.items():
            if not 1 <= len(choices) <= 3:
                raise CopyError(f"{where}: [buttons] {key} has {len(choices)} buttons; WhatsApp shows one to three")
            for choice in choices:
                if len(choice.get("title", "")) > TITLE_MAX or not choice.get("title") or not choice.get("id"):
                    raise CopyError(
                        f"{where}: [buttons] {key}: each needs an id and a title of 1 to {TITLE_MAX} characters"
                    )
        _check_bubbles(tables, buttons, questions, where)
        return cls(
            studio=studio,
            messages=tables["messages"],
            questions=tables["questions"],
            hints=tables["hints"],
            buttons_of=buttons,
            statuses=tables["statuses"],
            notices=tables["notices"],
            **because,
        )

    def text(self, key: str, **words: Any) -> str:
        """A message with its placeholders filled. Texts that gate are never split, so the length is checked here too."""
        said = self.messages[key].format(studio=self.studio, **words).strip()
        if len(said) > TEXT_MAX:
            raise CopyError(f"'{key}' would have {len(said)} characters; WhatsApp takes {TEXT_MAX}")
        return said

    def question(self, key: str) -> str:
        return self.questions[key].format(studio=self.studio).strip()

    def hint(self, key: str) -> str:
        """An example of a good answer."""
        return self.hints[key].format(studio=self.studio).strip()

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

    def status(self, status: str) -> str | None:
        said = self.statuses.get(status)
        return said.format(studio=self.studio).strip() if said else None

    def buttons(self, question: str) -> list[Choice]:
        return [Choice(id=choice["id"], title=choice["title"]) for choice in self.buttons_of.get(question, [])]

    def notice(self, key: str, *, lead: Any, person: Any, studio: Any, **words: Any) -> str:
        """What the artist is told: the line of the file, then who and what was answered."""
        who = person.profile_name or "The client"
        number = f"+{person.phone}" if person.phone else person.user_id or "no number"
        head = self.notices[key].format(studio=self.studio, **({"reason": ""} | words)).strip()
        answers = [f"{name}: {text}" for name, text in lead.answers.items()]
        strikes = [f"{name} ×{count}" for name, count in lead.strikes.items()]
        lines = [head, f"{who}, {number}", *answers]
        if strikes:
            lines.append("not understood: " + ", ".join(strikes))
        return "\n".join(lines)[:TEXT_MAX]


def shortened(text: str, longest: int) -> str:
    """At most `longest` characters of what she wrote, with an ellipsis where some are left out."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _because(raw: dict[str, Any], table: str, questions: list[str], where: str) -> dict[str, str]:
    """[refused] or [assumed]: a sentence for each key, and further ones for a question (`budget.no_figure = "…"`)."""
    flat: dict[str, str] = {}
    for key, said in raw.items():
        of = {f"{key}.{inner}": text for inner, text in said.items()} if isinstance(said, dict) else {key: said}
        flat.update(of)
    known = _BECAUSE[table]
    for key in (*known, *flat):
        said = flat.get(key)
        question, _, reason = key.rpartition(".")
        if question and question not in QUESTIONS and question not in questions:
            raise CopyError(f"{where}: [{table}] {key}: there is no question '{question}'")
        if reason not in known:
            raise CopyError(f"{where}: [{table}] {key}: unknown; known are {', '.join(known)}")
        if not isinstance(said, str) or not said.strip():
            raise CopyError(f"{where}: [{table}] needs a text for '{key}'")
        grown = _longest(said, ("studio", *known[reason]), f"{where}: [{table}] {key}")
        if grown > PLACEHOLDERS["why"]:
            raise CopyError(f"{where}: [{table}] {key}: may grow to {grown} characters; at most {PLACEHOLDERS['why']}")
    return flat


def _placeholders(table: str, key: str) -> tuple[str, ...]:
    """What may stand in braces there."""
    more = _SAYS.get(key, ()) if table == "messages" else ("reason",) if table == "notices" else ()
    return ("studio", *more)


def _longest(text: str, allowed: tuple[str, ...], where: str) -> int:
    """How long a text can grow. Raises CopyError where its braces are wrong or it may outgrow what WhatsApp takes."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise CopyError(f"{where}: {error}; write {{{{ and }}}} for braces") from None
    longest = 0
    for said, name, spec, conversion in parts:
        longest += len(said)
        if name is None:
            continue
        if name not in allowed or spec or conversion:
            known = ", ".join(f"{{{one}}}" for one in allowed)
            raise CopyError(f"{where}: unknown placeholder {{{name}}}; here it can be {known}")
        longest += PLACEHOLDERS[name]
    if longest > TEXT_MAX:
        raise CopyError(f"{where}: may grow to {longest} characters; WhatsApp takes {TEXT_MAX}")
    return longest


def _check_bubbles(
    tables: dict[str, dict[str, Any]], buttons: dict[str, Any], questions: list[str], where: str
) -> None:
    """One turn is one message: what stands before a question must leave room for it (and buttons take less text)."""
    for number, key in enumerate(questions):
        limit = BUTTON_TEXT_MAX if key in buttons else TEXT_MAX
        asked = _longest(tables["questions"][key], ("studio",), where)
        for before in (*_BEFORE_A_QUESTION, *(() if number else _BEFORE_THE_FIRST)):
            whole = asked + 2 + _longest(tables["messages"][before], ("studio",), where)
            if whole > limit:
                raise CopyError(
                    f"{where}: [messages] {before} and [questions] {key} may grow to {whole} characters together; "
                    f"WhatsApp takes {limit}" + (" beside buttons" if key in buttons else "")
                )
        for table in ("questions", "hints"):
            if _longest(tables[table][key], ("studio",), where) > PLACEHOLDERS["text"]:
                raise CopyError(f"{where}: [{table}] {key}: at most {PLACEHOLDERS['text']} characters")
