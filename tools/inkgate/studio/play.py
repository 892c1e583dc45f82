"""One conversation with the pure core, as the services would drive it: she writes, messages go out and are delivered (or are
not), money moves, time passes. Nothing here decides anything; what happened is told to a listener."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec
from msgspec.structs import replace

from inkgate_common.cloudevents import Event, new
from inkgate_common.contracts import Data, deliveries, payments
from inkgate_common.contracts.commands import NoticeRequested, OperatorActed, TimerFired
from inkgate_common.contracts.inbound import Media, MessageReceived
from inkgate_common.contracts.intents import IntentCreated
from inkgate_common.contracts.payment_commands import DepositRequested, RefundRequested
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.decide import take
from inkgate_dialogue.domain.lead import Conversation, Deposit, Lead
from inkgate_dialogue.domain.mailbox import Waiting
from inkgate_dialogue.domain.publish import public
from inkgate_dialogue.domain.run import Mode
from inkgate_dialogue.domain.studio import Studio
from inkgate_dialogue.domain.turn import Turn, describe

_NAMES = UUID("6d1f9a54-0f0e-5a53-8c66-5a0e9c0d7b21")
NUMBER = "100000000000001"
PHONE = "447700900123"
TYPING_S, SENDING_S = 5, 1.5


class Said(msgspec.Struct, frozen=True):
    """A message of ours: what it says, its buttons or rows, and what waits for its delivery."""

    intent: IntentCreated
    copy: str
    gates: str

    @property
    def text(self) -> str:
        body = self.intent.body
        return getattr(body, "text", None) or f"[{getattr(body, 'name', '')}]"

    @property
    def choices(self) -> list[str]:
        body = self.intent.body
        return [choice.title for choice in getattr(body, "buttons", None) or getattr(body, "rows", None) or ()]


class Delivered(msgspec.Struct, frozen=True):
    """What became of it: `how` the gate ended (empty where it opened none), `moved` what changed."""

    said: Said
    how: str
    moved: list[str]


class Told(msgspec.Struct, frozen=True):
    """A notice to the artist."""

    notice: str
    text: str


class Happened(msgspec.Struct, frozen=True):
    """Something else that is worth a line: a refusal, a fact about money, a timer."""

    what: str


Heard = Said | Delivered | Told | Happened


class Play:
    """A conversation. `fails_next` makes the next message fail; `hears` is told what happens, in its order."""

    def __init__(self, studio: Studio, now: datetime, hears: Callable[[Heard], None], phone: str = PHONE) -> None:
        self.studio, self.now, self.phone, self.hears = studio, now, phone, hears
        self.id = uuid5(_NAMES, phone)
        self.mode = Mode()
        self.state = Conversation(id=self.id, phone_number_id=NUMBER)
        self.box: list[Waiting] = []
        self.leads: dict[UUID, Lead] = {}
        self.fails_next = False
        self.published: list[Event] = []  # to the topic `leads`
        self._under_way: list[Said] = []
        self._asked: list[Data] = []
        self._count = 0

    @property
    def lead(self) -> Lead | None:
        """Her current enquiry, if there is one."""
        return self.leads.get(self.state.lead_id) if self.state.lead_id else None

    # --- what may happen ---

    def says(self, text: str | None, kind: str = "text", **more: Any) -> None:
        """She writes; then everything that is under way is delivered."""
        self.now += timedelta(seconds=TYPING_S)
        if kind in ("image", "video", "audio", "document", "sticker"):
            more["media"] = Media(id="simulated", mime_type=None)
        number = self._number()
        data = MessageReceived(
            phone_number_id=NUMBER,
            sequence=number,
            message_id=f"wamid.{number}",
            sent_at=self.now.replace(microsecond=0),
            received_at=self.now,
            from_=self.phone,
            profile_name="You",
            kind=kind,
            text=text,
            **more,
        )
        self._happens(data)
        self._settle()

    def acts(self, action: str, **arguments: Any) -> None:
        """The artist acts."""
        lead = self.lead
        if lead is None:
            self.hears(Happened("there is no enquiry yet"))
            return
        self.now += timedelta(seconds=TYPING_S)
        identity = uuid5(_NAMES, f"action {self._number()}")
        self._happens(
            OperatorActed(
                action_id=identity, lead_id=lead.id, action=action, arguments=arguments, by="you", at=self.now
            )
        )
        self._settle()

    def money(self, what: str) -> None:
        """`pay`, `payment_fails`, `expire`, `dispute`: what Stripe reports of her newest link."""
        lead = self.lead
        if lead is None or lead.deposit is None or lead.deposit.session is None:
            self.hears(Happened("there is no payment link"))
            return
        self.now += timedelta(seconds=TYPING_S)
        self._happens(_money(what, lead, lead.deposit, self.now))
        self._settle()

    def waits(self, for_: timedelta) -> None:
        """Time passes; timers that come due fire in their order."""
        until = self.now + for_
        while due := [(at, name) for name, at in self.state.timers.items() if at <= until]:
            at, name = min(due)
            self.now = max(self.now, at)
            before = dict(self.state.timers)
            timer_id = uuid5(_NAMES, f"timer {self._number()}")
            self._happens(TimerFired(timer_id=timer_id, lead_id=self.state.lead_id or self.id, timer=name, due_at=at))
            self._settle()
            if self.state.timers == before:
                break  # it waits in the mailbox
        self.now = max(self.now, until)

    def looks(self) -> None:
        """What waits in the mailbox is looked at (after panic mode)."""
        self._happens(
            TimerFired(timer_id=self.id, lead_id=self.state.lead_id or self.id, timer="drain", due_at=self.now)
        )
        self._settle()

    # --- the services ---

    def _settle(self) -> None:
        """The sender sends and payments answers, until nothing is under way."""
        while self._under_way or self._asked:
            if self._asked:
                self._pays_attention(self._asked.pop(0))
            else:
                self._deliver(self._under_way.pop(0))

    def _deliver(self, said: Said) -> None:
        self.now += timedelta(seconds=SENDING_S)
        intent = said.intent
        common: dict[str, Any] = {
            "intent_id": intent.intent_id,
            "sequence": self._number(),
            "lead_id": intent.lead_id,
            "at": self.now,
        }
        failed, self.fails_next = self.fails_next, False
        if failed:
            data: Data = deliveries.MessageFailed(**common, code="131026", title="Message undeliverable")
        else:
            taken = self.now - timedelta(seconds=0.5)
            data = deliveries.MessageDelivered(
                **common,
                wamid=f"wamid.out{intent.sequence}",
                attempts=1,
                basis="accepted",
                accepted_at=taken.replace(microsecond=0),
                began_at=taken,
            )
        self._happens(data, lambda facts: _delivered(said, failed, facts))

    def _pays_attention(self, asked: Data) -> None:
        """Payments makes the link; a refund goes through."""
        lead = self.lead
        if isinstance(asked, DepositRequested):
            self._happens(
                payments.DepositLinkCreated(
                    lead_id=asked.lead_id,
                    command_id=asked.command_id,
                    session=f"cs_{self._count}",
                    at=self.now,
                    url=f"https://pay.example/cs_{self._count}",
                    expires_at=asked.expires_at,
                    amount_pence=asked.amount_pence,
                    currency=asked.currency,
                )
            )
        elif isinstance(asked, RefundRequested) and lead is not None and lead.deposit is not None:
            paid, back = lead.deposit.paid_pence, lead.deposit.refunded_pence
            amount = asked.amount_pence or paid - back
            self._happens(
                payments.DepositRefunded(
                    lead_id=asked.lead_id,
                    command_id=asked.deposit_command_id,
                    session=lead.deposit.session,
                    at=self.now,
                    refund="simulated",
                    amount_pence=amount,
                    refunded_pence=back + amount,
                    currency=lead.deposit.currency,
                    in_full=back + amount >= paid,
                )
            )

    def _number(self) -> int:
        self._count += 1
        return self._count

    def _happens(self, data: Data, told: Callable[[list[e.Fact]], Heard] | None = None) -> None:
        """Take an event in, as dialogue's handler does. `told` makes what is heard first of the facts it brought about."""
        event = Event(
            id=uuid5(self.id, f"event {self._number()}"),
            type=data.TYPE,
            source="/inkgate/simulated",
            time=self.now,
            subject=str(self.id),
            data=data,
        )
        before = self.lead
        outcome = take(replace(self.state, leads=self.leads), self.box, event, self.studio, self.mode, self.now)
        self.leads = {**self.leads, **outcome.state.leads}
        self.state, self.box = replace(outcome.state, leads={}), outcome.mailbox
        if told is not None:
            self.hears(told([recorded.fact for turn in outcome.turns for recorded in turn.recorded]))
        for turn in outcome.turns:
            self._publishes(turn)
            made = {
                recorded.fact.sending.intent_id: recorded.fact
                for recorded in turn.recorded
                if isinstance(recorded.fact, e.MessageCreated)
            }
            for recorded in turn.recorded:
                if isinstance(recorded.fact, e.ActionRefused):
                    allowed = ", ".join(recorded.fact.allowed)
                    self.hears(Happened(f"refused: {recorded.fact.reason}; possible now: {allowed}"))
            for out in turn.out:
                self._leaves(out.data, made, turn.began.leads.get(before.id) if before else None)

    def _publishes(self, turn: Turn) -> None:
        for recorded in turn.recorded:
            data = None if recorded.version is None else public(recorded.fact, recorded.version, 1, self.now)
            if data is not None:
                self.published.append(
                    new(
                        data,
                        source="dialogue",
                        subject=self.id,
                        time=self.now,
                        cause=turn.event.id,
                        ordinal=f"{recorded.version}:{recorded.ordinal}",
                    )
                )

    def _leaves(self, data: Data, made: dict[UUID, e.MessageCreated], lead: Lead | None) -> None:
        if isinstance(data, IntentCreated):
            fact = made[data.intent_id]
            standing = self.leads[fact.lead_id] if fact.lead_id else lead
            gates = (
                "" if fact.gate is None or standing is None else describe(fact.sending.change, standing, self.studio)
            )
            said = Said(data, fact.sending.copy, fact.change or gates)
            self._under_way.append(said)
            self.hears(said)
        elif isinstance(data, NoticeRequested):
            self.hears(Told(data.notice, data.text))
        elif isinstance(data, DepositRequested | RefundRequested):
            self._asked.append(data)


def _money(what: str, lead: Lead, deposit: Deposit, at: datetime) -> Data:
    common: dict[str, Any] = {
        "lead_id": lead.id,
        "command_id": deposit.command_id,
        "session": deposit.session,
        "at": at,
    }
    pounds: dict[str, Any] = {"amount_pence": deposit.amount_pence, "currency": deposit.currency}
    match what:
        case "pay":
            return payments.DepositPaid(**common, **pounds)
        case "payment_fails":
            return payments.DepositPaymentFailed(**common, code="card_declined")
        case "expire":
            return payments.DepositExpired(**common)
        case _:
            return payments.DepositDisputed(**common, **pounds, dispute="simulated")


def _delivered(said: Said, failed: bool, facts: list[e.Fact]) -> Delivered:
    mine = said.intent.intent_id
    ends = [fact.how for fact in facts if isinstance(fact, e.GateClosed) and fact.intent_id == mine]
    moved = [line for fact in facts if (line := moved_by(fact))]
    return Delivered(said, "failed" if failed else ends[0] if ends else "", moved)


def moved_by(fact: e.Fact) -> str:
    """What a fact moved, in a few words; empty for one that moves nothing."""
    match fact:
        case e.StatusChanged():
            return f"{fact.from_status} → {fact.to_status}"
        case e.StepAdvanced():
            return f"step {fact.from_step} → {fact.to_step}"
        case e.Marked(mark="slot"):
            return f"slot {fact.slot}"
        case e.HandoverOpened():
            return "with the artist"
        case e.HandoverClosed():
            return "back with the bot"
        case e.OptedOut():
            return "opted out"
        case _:
            return ""
