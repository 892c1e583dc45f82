"""In which language a client is spoken to: by words that only one language has, by her number, by her wish. All of it is
data: `[language]` in each copy file, `[speakers.<language>]` in the studio file."""

from collections.abc import Iterator, Mapping

import msgspec

from inkgate_dialogue.domain.copy import Copy
from inkgate_dialogue.domain.problem import Problem
from inkgate_dialogue.domain.questions.reading import bare

# A long first message tells by its beginning; nobody writes four thousand characters of somebody else's language.
_TOLD_BY = 400
_WISH_MAX = 60


class Speakers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is spoken to in a language where her first message does not tell: beginnings of phone numbers (digits, the country
    in front), and countries (ISO 3166) of those whose number WhatsApp keeps to itself."""

    prefixes: list[str] = []
    countries: list[str] = []


class Tongues(msgspec.Struct, frozen=True):
    """The languages of a studio as look-ups: word → language, wish → language, prefix → language, country → language."""

    words: dict[str, str]
    wishes: dict[str, str]
    prefixes: dict[str, str]
    countries: dict[str, str]

    @classmethod
    def of(cls, copies: Mapping[str, Copy], speakers: Mapping[str, Speakers]) -> "Tongues":
        """`copies` are the texts by language; only these languages are spoken."""
        spoken = {language: who for language, who in speakers.items() if language in copies}
        return cls(
            words={word: language for language, copy in copies.items() for word in copy.language.words},
            wishes={wish: language for language, copy in copies.items() for wish in copy.language.choose},
            prefixes={prefix: language for language, who in spoken.items() for prefix in who.prefixes},
            countries={country: language for language, who in spoken.items() for country in who.countries},
        )

    def told(self, text: str | None) -> str | None:
        """The language that most of the telling words of a text are of. None where nothing tells, or two as much."""
        if not text:
            return None
        counts: dict[str, int] = {}
        for word in bare(text[:_TOLD_BY]).split():
            language = self.words.get(word)
            if language is not None:
                counts[language] = counts.get(language, 0) + 1
        ranked = sorted(counts.items(), key=lambda item: -item[1])
        if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
            return None
        return ranked[0][0]

    def of_number(self, phone: str | None, user_id: str | None) -> str | None:
        """The language of the longest prefix that her number has; without a number, that of the country in front of her
        business-scoped user id (`ES.1234`)."""
        if phone:
            found = [prefix for prefix in self.prefixes if phone.startswith(prefix)]
            return self.prefixes[max(found, key=len)] if found else None
        return self.countries.get((user_id or "").partition(".")[0])

    def wished(self, text: str | None) -> str | None:
        """The language that a whole message asks for ('English please', 'en español')."""
        return self.wishes.get(bare(text)) if text and len(text) <= _WISH_MAX else None


def shared(copies: Mapping[str, Copy], language: str) -> Iterator[Problem]:
    """Words and wishes of this language's file that an earlier one has too: they would tell nothing."""
    earlier = list(copies)[: list(copies).index(language)]
    mine = copies[language].language
    for key, listed in (("words", mine.words), ("choose", mine.choose)):
        for number, word in enumerate(listed):
            other = next((name for name in earlier if word in getattr(copies[name].language, key)), None)
            if other is not None:
                yield Problem(("language", key, number), f"'{word}' is a word of '{other}' too: leave it out of both")
