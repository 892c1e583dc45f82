"""What people write, as a studio file lists it: words of command, phrases that call for the artist, asides, corrections."""

from functools import cached_property

import msgspec

from inkgate_dialogue.domain.phrases import Phrases

# The commands that [words] has words for.
COMMANDS = ("stop", "start", "resume", "human", "refund", "erase")
# Categories of phrases in [handover].
TRIGGERS = (
    "human", "haggling", "haggling_words", "hesitation", "withdrawal", "scheduling", "long_question", "coverup",
    "under_age",
)  # fmt: skip


class Triggers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Phrases with which the artist takes over, in every language (`domain/phrases.py` says how one is written). `human`,
    `haggling`, `hesitation` and `scheduling` count in a request; `haggling_words`, `withdrawal`, `coverup` and `under_age`
    where they stand, the last in a first message too; `long_question` in a question of more than
    `long_question_characters`. A request begins with `openers` or has a question mark; `leads` are words that may stand
    before a phrase in it, `greetings` before an opener, `negations` around a cover-up that is none."""

    human: list[str] = []
    haggling: list[str] = []
    haggling_words: list[str] = []
    hesitation: list[str] = []
    withdrawal: list[str] = []
    scheduling: list[str] = []
    long_question: list[str] = []
    long_question_characters: int = 100
    coverup: list[str] = []
    under_age: list[str] = []
    openers: list[str] = []
    leads: list[str] = []
    greetings: list[str] = []
    negations: list[str] = []

    @cached_property
    def phrases(self) -> Phrases:
        """The phrases of every category, by the category's name."""
        return Phrases({name: getattr(self, name) for name in TRIGGERS})

    @cached_property
    def opens(self) -> frozenset[str]:
        return frozenset(self.openers)

    @cached_property
    def greets(self) -> frozenset[str]:
        return frozenset(self.greetings)

    @cached_property
    def leads_in(self) -> frozenset[str]:
        return frozenset({*self.leads, *self.openers, *self.greetings})

    @cached_property
    def negates(self) -> frozenset[str]:
        return frozenset(self.negations)


class Asides(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Messages that answer no question, in every language. `pause` asks for time, `puzzled` does not know what is meant,
    `nod` only says that she is there: whole messages, without capitals and punctuation. `asks` are phrases
    (`domain/phrases.py`) with which a sentence begins that asks something of the studio instead. `courtesy` are words,
    without accents too: a message of nothing else (or of emoji) needs no answer when an enquiry has ended, and chooses no
    time."""

    pause: list[str] = []
    puzzled: list[str] = []
    nod: list[str] = []
    asks: list[str] = []
    courtesy: list[str] = []

    @cached_property
    def pauses(self) -> frozenset[str]:
        return frozenset(self.pause)

    @cached_property
    def puzzles(self) -> frozenset[str]:
        return frozenset(self.puzzled)

    @cached_property
    def nods(self) -> frozenset[str]:
        return frozenset(self.nod)

    @cached_property
    def asked(self) -> Phrases:
        return Phrases({"asks": self.asks})

    @cached_property
    def courteous(self) -> frozenset[str]:
        return frozenset(self.courtesy)


class Corrections(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Words by which a correction is known, in every language, without capitals and accents. `meant` are phrases that surely
    speak of something earlier, `actually` such as may; `change` are verbs, `link` stands between a question's name and what
    it should be, `from` before what it was; `skip` is read over. `fields` are names of questions."""

    meant: list[str] = []
    actually: list[str] = []
    change: list[str] = []
    link: list[str] = []
    come_from: list[str] = []
    skip: list[str] = []
    fields: dict[str, list[str]] = {}

    @cached_property
    def meant_as(self) -> frozenset[tuple[str, ...]]:
        return frozenset(tuple(phrase.split()) for phrase in self.meant)

    @cached_property
    def actually_as(self) -> frozenset[tuple[str, ...]]:
        return frozenset(tuple(phrase.split()) for phrase in self.actually)

    @cached_property
    def called(self) -> dict[str, frozenset[tuple[str, ...]]]:
        return {key: frozenset(tuple(name.split()) for name in names) for key, names in self.fields.items()}

    @cached_property
    def changes(self) -> frozenset[str]:
        return frozenset(self.change)

    @cached_property
    def links(self) -> frozenset[str]:
        return frozenset(self.link)

    @cached_property
    def froms(self) -> frozenset[str]:
        return frozenset(self.come_from)

    @cached_property
    def skips(self) -> frozenset[str]:
        return frozenset(self.skip)

    @cached_property
    def hints(self) -> frozenset[str]:
        """A text without any of these is no correction."""
        phrases = [*self.meant_as, *self.actually_as, *(name for names in self.called.values() for name in names)]
        return frozenset({*self.change, *(phrase[0] for phrase in phrases)})


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Words of command, as whole messages. `polite` words around them are ignored."""

    stop: list[str]
    start: list[str]
    resume: list[str]
    human: list[str]
    refund: list[str]
    erase: list[str]
    polite: list[str]

    @cached_property
    def commands(self) -> dict[str, frozenset[str]]:
        """Word → the commands that it is; several may share one (CONTINUE starts and resumes)."""
        found: dict[str, set[str]] = {}
        for command in COMMANDS:
            for word in getattr(self, command):
                found.setdefault(word, set()).add(command)
        return {word: frozenset(commands) for word, commands in found.items()}

    @cached_property
    def politely(self) -> frozenset[str]:
        """Every single word of the polite ones: a text without any of them has nothing to ignore."""
        return frozenset(part for polite in self.polite for part in polite.split())
