"""What the bot says: one copy file per language, its lengths and placeholders checked when it is loaded."""

import string
from typing import Any

import msgspec

from inkgate_common.contracts.intents import Choice
from inkgate_common.errors import InkgateError

TEXT_MAX = 4_096  # WhatsApp's limit for a text (FACTS §2)
BUTTON_TEXT_MAX = 1_024
TITLE_MAX = 20

# Placeholder → the longest thing that can stand there.
PLACEHOLDERS = {
    "studio": 80,
    "amount": 12,
    "url": 400,
    "minimum": 12,
    "reason": 500,
    "text": 1_500,
    "slot": 60,
    "hours": 6,
}
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
    "send_failed",
)


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
                _check_length(tables[table][key], f"{where}: [{table}] {key}")
        buttons = raw.get("buttons", {})
        for key, choices in buttons.items():
            if not 1 <= len(choices) <= 3:
                raise CopyError(f"{where}: [buttons] {key} has {len(choices)} buttons; WhatsApp shows one to three")
            for choice in choices:
                if len(choice.get("title", "")) > TITLE_MAX or not choice.get("title"):
                    raise CopyError(f"{where}: [buttons] {key}: a title has 1 to {TITLE_MAX} characters")
        return cls(
            studio=studio,
            messages=tables["messages"],
            questions=tables["questions"],
            hints=tables["hints"],
            buttons_of=buttons,
            statuses=tables["statuses"],
            notices=tables["notices"],
        )

    def text(self, key: str, **words: Any) -> str:
        """A message with its placeholders filled. Texts that gate are never split, so the length is checked here too."""
        said = self.messages[key].format(studio=self.studio, **words).strip()
        if len(said) > TEXT_MAX:
            raise CopyError(f"'{key}' would have {len(said)} characters; WhatsApp takes {TEXT_MAX}")
        return said

    def question(self, key: str) -> str:
        return self.questions[key].strip()

    def hint(self, key: str) -> str:
        """An example of a good answer."""
        return self.hints[key].strip()

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


def _check_length(text: str, where: str) -> None:
    longest = len(text)
    for _, name, _, _ in string.Formatter().parse(text):
        if name is None:
            continue
        if name not in PLACEHOLDERS:
            raise CopyError(f"{where}: unknown placeholder {{{name}}}; known are {', '.join(PLACEHOLDERS)}")
        longest += PLACEHOLDERS[name]
    if longest > TEXT_MAX:
        raise CopyError(f"{where}: may grow to {longest} characters; WhatsApp takes {TEXT_MAX}")
