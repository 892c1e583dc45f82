"""What the page shows: conversations played through the pure core with a studio's own file, in each of its languages.
Nothing on the page says what the bot would do; it is what the bot did."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from inkgate.studio.play import Delivered, Heard, Play, Said, Told
from inkgate_dialogue.domain.copy import Copy
from inkgate_dialogue.domain.studio import Studio
from inkgate_dialogue.domain.words import heard

_CAPITALS = re.compile(r"\b[A-ZÀ-Þ]{3,}\b")
_QUESTIONS_MAX = 40


class Line(msgspec.Struct, frozen=True):
    """One line of a scene. `who`: client, bot, artist or meanwhile. `gates` is what waits for a message's delivery, `lost`
    is true where it failed."""

    who: str
    text: str
    choices: list[str] = []
    gates: str = ""
    lost: bool = False
    question: str | None = None


class Scene(msgspec.Struct, frozen=True):
    title: str
    lines: list[Line]


class Player:
    """Plays one scene and writes it down."""

    def __init__(self, studio: Studio, language: str, now: datetime) -> None:
        self.studio, self.language = studio, language
        self.copy: Copy = studio.copy_in(language)
        self.lines: list[Line] = []
        self.play = Play(studio, now, self._hears)

    def _hears(self, what: Heard) -> None:
        match what:
            case Said():
                gates = "" if what.gates in ("", "none") else what.gates
                self.lines.append(Line("bot", what.text, what.choices, gates))
            case Delivered(how="failed"):
                at = max(number for number, line in enumerate(self.lines) if line.who == "bot")
                self.lines[at] = msgspec.structs.replace(self.lines[at], lost=True)
            case Told():
                self.lines.append(Line("artist", what.text.partition("\n")[0]))

    # --- what she does ---

    def says(self, text: str) -> None:
        lead = self.play.lead
        self.lines.append(Line("client", text, question=lead.question if lead is not None else None))
        self.play.says(text)

    def sends(self, kind: str, shown: str) -> None:
        self.lines.append(Line("client", shown))
        self.play.says(None, kind)

    def hello(self) -> None:
        """A first message that tells her language."""
        words = self.copy.language.words
        self.says(words[0].capitalize() if words else "👋")

    def command(self, command: str) -> None:
        """The word for a command that her language's texts name, else the studio's first."""
        told = [word for text in self.copy.messages.values() for word in _CAPITALS.findall(text)]
        listed = getattr(self.studio.file.words, command)
        mine = [word.upper() for word in listed if self.studio.tongues.told(word) == self.language]
        exact = [word for word in told if heard(word, self.studio.file.words) == {command}]
        rough = [word for word in told if command in heard(word, self.studio.file.words)]
        self.says([*exact, *rough, *mine, listed[0].upper()][0])

    def begins_at(self, question: str | None) -> None:
        """The same, but what came before the newest message of ours is left out."""
        self.answers_until(question)
        bots = [number for number, line in enumerate(self.lines) if line.who == "bot"]
        self.lines = self.lines[bots[-1] :] if bots else []

    def answers_until(self, question: str | None) -> None:
        """Say hello and answer what is asked until this question is open (None: until nothing is asked)."""
        if self.play.lead is None:
            self.hello()
        for _ in range(_QUESTIONS_MAX):
            lead = self.play.lead
            if lead is None or lead.status != "QUALIFYING" or lead.question in (None, question):
                return
            self.says(self.answer(str(lead.question)))

    def answer(self, question: str) -> str:
        """A good answer, readable in any language."""
        file = self.studio.file
        budget = max([region.minimum_pence for region in file.regions.values()]) // 100 + 50
        city = "Leeds, UK"
        if file.tour is not None and file.tour.cities:
            city = ", ".join(part for part in (file.tour.cities[0].city, file.tour.cities[0].country) if part)
        fixed = {
            "idea": {"es": "Un zorro dormido entre helechos"}.get(self.language, "A fox asleep between ferns"),
            "placement": {"es": "Antebrazo izquierdo"}.get(self.language, "Left forearm"),
            "dimensions": "8 x 12 cm",
            "style": "Fine line",
            "complexity": "2",
            "coverup": "No",
            "reference_images": "no",
            "budget": f"{budget} {file.currency}",
            "location_city": city,
            "location_country": "GB",
            "instagram_handle": "@ana.ink",
            "travel_city": "no",
            "timing": "3",
        }
        return fixed.get(question, {"es": "Sí"}.get(self.language, "Yes"))

    # --- what happens around her ---

    def meanwhile(self, what: str, does: Callable[[], None]) -> None:
        self.lines.append(Line("meanwhile", what))
        does()

    def acts(self, what: str, action: str, **arguments: str) -> None:
        self.meanwhile(what, lambda: self.play.acts(action, **arguments))

    def waits(self, hours: float) -> None:
        shown = f"{hours:g} hours pass" if hours < 48 else f"{hours / 24:g} days pass"
        self.meanwhile(shown, lambda: self.play.waits(timedelta(hours=hours)))


Plot = Callable[[Player], None]


def _whole_way(p: Player) -> None:
    p.answers_until(None)
    p.acts("The artist approves", "approve")
    for _ in range(3):  # slots may be offered before or after the deposit, or not at all
        lead = p.play.lead
        if lead is None or lead.status == "BOOKED":
            break
        if lead.status == "AWAITING_DEPOSIT" and lead.deposit is not None and lead.deposit.session is not None:
            p.meanwhile("She pays", lambda: p.play.money("pay"))
        elif next(line for line in reversed(p.lines) if line.who == "bot").choices:
            p.says("1")
        else:
            break
    lead = p.play.lead
    chosen = lead is not None and lead.slot is not None
    p.acts("The artist books", "book", **({} if chosen else {"slot": "Sat 10 Jan, 11:00"}))


def _not_understood(p: Player) -> None:
    p.begins_at("dimensions")
    for _ in range(3):
        p.says("hm?")


def _lost(p: Player) -> None:
    p.begins_at("placement")
    p.play.fails_next = True
    p.says(p.answer("placement"))
    p.says("?")


def _human(p: Player) -> None:
    p.begins_at("style")
    p.command("human")
    p.says("?")
    p.command("resume")


def _stops(p: Player) -> None:
    p.begins_at("placement")
    p.command("stop")
    p.command("start")


def _silent(p: Player) -> None:
    p.begins_at("placement")
    before = 0.0
    timers = p.studio.timers
    for after in (*timers.reminders_s, timers.abandoned_s):
        p.waits(round((after - before) / 3600 + 0.1, 1))
        before = after
    p.hello()


def _waits(p: Player) -> None:
    p.begins_at(None)
    p.says("?")
    p.acts("The artist says no", "reject")


def _money(p: Player) -> None:
    p.begins_at(None)
    p.acts("The artist approves", "approve")
    p.says("?")
    p.meanwhile("The payment fails", lambda: p.play.money("payment_fails"))
    p.meanwhile("The link expires", lambda: p.play.money("expire"))
    p.acts("The artist sends another", "send_deposit")
    p.meanwhile("She pays", lambda: p.play.money("pay"))
    p.command("refund")
    p.acts("The artist refunds", "refund")


def _pictures(p: Player) -> None:
    p.begins_at("placement")
    p.sends("image", "(a picture)")
    p.sends("audio", "(a voice note)")


def _erases(p: Player) -> None:
    p.begins_at("placement")
    p.command("erase")


def _language(p: Player) -> None:
    p.begins_at("dimensions")
    for language, copy in p.studio.copies.items():
        if language != p.language and copy.language.choose:
            p.says(copy.language.choose[0].capitalize())
            return


# Question → (what the branch is called, a sample answer); the answers go on until she has left the questions.
BRANCHES: tuple[tuple[str, str, str], ...] = (
    ("complexity", "high detail", "3"),
    ("coverup", "a cover-up", "yes"),
    ("budget", "below the minimum", "low"),
    ("location_city", "a city that is not on tour", "Reykjavik, Iceland"),
)

PLOTS: tuple[tuple[str, Plot], ...] = (
    ("From hello to the booking", _whole_way),
    ("An answer that cannot be read", _not_understood),
    ("A message that does not arrive", _lost),
    ("She wants a person", _human),
    ("Another language", _language),
    ("Pictures and voice notes at the wrong step", _pictures),
    ("Silence", _silent),
    ("She stops, and comes back", _stops),
    ("She waits, and the answer is no", _waits),
    ("The deposit, and its troubles", _money),
    ("Her data", _erases),
)


def play(studio: Studio, language: str, now: datetime) -> list[Scene]:
    """Every scene in one language, and each branch that leaves the questions."""
    scenes = []
    for title, plot in PLOTS:
        player = Player(studio, language, now)
        plot(player)
        scenes.append(Scene(title, player.lines))
    return scenes


class Branch(msgspec.Struct, frozen=True):
    """Where a question branches off: what she answers, and the message that leaves the questions, with what waits for it."""

    name: str
    said: Line


def branches(studio: Studio, language: str, now: datetime) -> dict[str, list[Branch]]:
    """Question → its branches, as the core takes them."""
    wanted = [(key, name, sample) for key, name, sample in BRANCHES if key in studio.steps]
    wanted += [(consent.key, "no", "no") for consent in studio.file.consent]
    found: dict[str, list[Branch]] = {}
    for key, name, sample in wanted:
        player = Player(studio, language, now)
        player.answers_until(key)
        low = max(1, studio.file.budget_minimum_pence // 100)
        player.says(f"{low} {studio.file.currency}" if sample == "low" else sample)
        player.answers_until(None)
        leaves = next((line for line in player.lines if line.who == "bot" and "QUALIFYING → " in line.gates), None)
        if leaves is not None and "PENDING_APPROVAL" not in leaves.gates:
            found.setdefault(key, []).append(Branch(name, leaves))
    return found
