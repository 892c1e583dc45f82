"""What the bot says: the texts of one language, as one copy file has them (`copy_checks` reads it)."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from inkgate_common.contracts.intents import Choice
from inkgate_common.errors import InkgateError
from inkgate_dialogue.domain.amounts import amount
from inkgate_dialogue.domain.copy_tables import PLACEHOLDERS, SENTENCES, TEXT_MAX
from inkgate_dialogue.domain.lead import Tour
from inkgate_dialogue.domain.problem import Problem
from inkgate_dialogue.domain.questions.countries import countries

TOLD_MAX = 100  # of an answer of hers, in a summary


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
        short = {name: shortened(words.get(name, ""), PLACEHOLDERS[name]) for name in SENTENCES[table].get(key, ())}
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
