"""What a studio's leads come to: conversations played through the pure core, each with its own luck, and what they publish.

The same seed gives the same events. Nothing here knows the analytics."""

import random
from datetime import UTC, datetime, timedelta

from inkgate.analytics.facts import Fact, read
from inkgate.studio.play import Play
from inkgate_common.cloudevents import Event, encode
from inkgate_common.contracts.deliveries import MessageStatus
from inkgate_dialogue import studio_file
from inkgate_dialogue.domain.lead import Lead

STUDIO = studio_file.read(None)
BEGIN = datetime(2026, 9, 1, 9, tzinfo=UTC)
CITIES = (
    "London, UK",
    "London, UK",
    "London, UK",
    "Leeds, UK",
    "Leeds, UK",
    "Bristol, UK",
    "Glasgow, UK",
    "Paris, France",
)
ANSWERS = {
    "idea": "A fox asleep between ferns",
    "placement": "Left forearm",
    "style": "Fine line",
    "complexity": "2",
    "coverup": "No",
    "reference_images": "no",
    "location_country": "GB",
    "instagram_handle": "@ana.ink",
    "travel_city": "no",
    "timing": "3",
}
# How many in a hundred stop at a question, and how many answer it in a way that cannot be read.
STOPS = {"dimensions": 6, "style": 2, "reference_images": 4, "budget": 12, "instagram_handle": 5, "timing": 3}
MISREAD = {"dimensions": 22, "complexity": 8, "budget": 14, "location_city": 6, "timing": 9}


class Life:
    """One client: what she and the artist do, by chance."""

    def __init__(self, number: int, begins: datetime, luck: random.Random) -> None:
        self.luck = luck
        self.play = Play(STUDIO, begins, lambda heard: None, phone=f"4477{10_000_000 + number}")

    def chance(self, in_hundred: float) -> bool:
        return self.luck.random() * 100 < in_hundred

    def thinks(self, minutes: float) -> None:
        self.play.waits(timedelta(minutes=self.luck.expovariate(1 / minutes)))

    def lives(self) -> None:
        self.play.says("Hi, do you have time for a new piece?")
        if self.chance(4):
            return
        self.answers()
        lead = self.lead
        if lead.status == "PENDING_APPROVAL":
            self.is_decided()
        if self.lead.status == "AWAITING_DEPOSIT":
            self.pays()
        if self.lead.status == "BOOKING_PENDING" and self.chance(85):
            self.is_booked()
        self.reads()

    @property
    def lead(self) -> Lead:
        lead = self.play.lead
        assert lead is not None
        return lead

    def answers(self) -> None:
        for _ in range(40):
            question = self.lead.question
            if self.lead.status != "QUALIFYING" or question is None:
                return
            self.thinks(12)
            if self.chance(STOPS.get(question, 1)):
                if self.chance(15):
                    self.play.says("STOP")
                elif self.chance(60):
                    self.play.waits(timedelta(days=10))
                return
            self.play.fails_next = self.chance(2)
            self.play.says("hmm not sure" if self.chance(MISREAD.get(question, 1)) else self.answer(question))
        raise AssertionError("she is asked the same again and again")

    def answer(self, question: str) -> str:
        match question:
            case "dimensions":
                return f"{self.luck.randint(5, 20)} x {self.luck.randint(5, 25)} cm"
            case "budget":
                return f"£{self.luck.choice((450, 500, 600, 800, 1200))}"
            case "location_city":
                return self.luck.choice(CITIES)
            case _:
                return ANSWERS[question]

    def is_decided(self) -> None:
        self.thinks(300)
        if self.chance(10):
            self.play.acts("reject", reason="Not my style")
        elif self.chance(92):
            self.play.acts("approve")

    def pays(self) -> None:
        self.thinks(400)
        deposit = self.lead.deposit
        if deposit is not None and deposit.session is not None and self.chance(75):
            self.play.money("pay")

    def is_booked(self) -> None:
        self.thinks(90)
        self.play.acts("book", slot="Friday 4 June, 13:00")
        if self.lead.status == "BOOKED" and self.chance(70):
            self.play.waits(timedelta(days=9))
            self.play.acts("no_show" if self.chance(14) else "complete")

    def reads(self) -> None:
        """WhatsApp tells of her phone: most messages reach it, and most of those are read."""
        sent = [event.data for event in self.play.published if event.type == "inkgate.lead.message_sent"]
        for number, message in enumerate(sent):
            statuses = ["delivered"] * self.chance(97) + ["read"] * self.chance(88)
            for status in statuses:
                self.play._happens(
                    MessageStatus(
                        intent_id=message.intent_id, sequence=10_000 + number, lead_id=message.lead_id,
                        wamid=f"wamid.{number}", at=self.play.now, status=status,
                    )
                )  # fmt: skip
        if sent and self.chance(4):
            self.fails_late(sent[-1].intent_id, sent[-1].lead_id)

    def fails_late(self, intent_id: object, lead_id: object) -> None:
        self.play._happens(
            MessageStatus(
                intent_id=intent_id, sequence=20_000, lead_id=lead_id, at=self.play.now, status="failed", all_failed=True,
                wamid="wamid.late",
            )  # type: ignore[arg-type]
        )  # fmt: skip


def lives(many: int, *, seed: int = 1, days: int = 45) -> list[Life]:
    """As many clients, who first write within so many days, more of them later on."""
    luck = random.Random(seed)
    found = []
    for number in range(many):
        begins = BEGIN + timedelta(days=days * luck.random() ** 0.7, hours=luck.uniform(-1, 10))
        life = Life(number, begins, random.Random(f"{seed}/{number}"))
        life.lives()
        found.append(life)
    return found


def events(found: list[Life]) -> list[Event]:
    """What they publish, in the order of time."""
    return sorted((event for life in found for event in life.play.published), key=lambda event: event.time)


def facts(published: list[Event]) -> list[Fact]:
    """The same as the analytics read it."""
    found = []
    for event in published:
        record = encode(event, "leads")
        fact = read([(name, text.encode()) for name, text in record.headers], record.value)
        assert fact is not None
        found.append(fact)
    return found
