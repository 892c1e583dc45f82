"""PROTOCOL §7 as far as the pure core can see it, looked at after every event."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from inkgate.invariants.extra_replay import replay
from inkgate_common.contracts import deliveries as d
from inkgate_common.contracts import leads as out
from inkgate_common.contracts import payments as p
from inkgate_common.contracts.commands import OperatorActed
from inkgate_common.contracts.inbound import MessageReceived
from inkgate_common.contracts.intents import IntentCancelled, IntentCreated
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.agenda import overlap
from inkgate_dialogue.domain.questions import public_value
from inkgate_dialogue.domain.transitions import allowed
from inkgate_dialogue.domain.turn import Turn
from tests.builders.conversations import Conversing
from tests.builders.messages import NAME, PHONE

# DOMAIN §3b, and what is done without its message for a person who has opted out, or was erased.
_FACTS = {
    "DEPOSIT_PAID", "DEPOSIT_EXPIRED", "REFUNDED", "ABANDONED", "STALE", "COMPLETED", "NO_SHOW", "OPTOUT",
}  # fmt: skip
_WITHOUT_WORDS = {"BOOKING_PENDING", "BOOKED", "REJECTED", "CANCELLED"}
_COMMANDS = {
    "stop", "start", "older_than_start", "older_than_stop", "asks_for_the_artist", "handed_over", "continue", "opted_out",
    "with_the_artist",
}  # fmt: skip


class Promises:
    """Walks over what was recorded, turn by turn, and holds it against the rules."""

    def __init__(self, world: Conversing) -> None:
        self.world = world
        self._turns = 0
        self._silent = False
        self._gate: UUID | None = None
        self._sent: set[UUID] = set()
        self._asked: dict[UUID, Sequence[Sequence[str]]] = {}
        self._ends: dict[UUID, list[str]] = {}
        self._leads: dict[UUID, _Enquiry] = {}
        self._newest: object = None
        self._judged: Counter[str] = Counter()
        self._paid: Counter[UUID] = Counter()
        self._opted_out = False
        self._erased = False
        self._taken = world.taken
        self._look()

    def look(self) -> None:
        """Everything since the last look."""
        self._look()
        if self.world.taken != self._taken:
            self._taken = self.world.taken
            self._mailbox()

    def _look(self) -> None:
        turns = self.world.turns[self._turns :]
        self._turns = len(self.world.turns)
        for turn in turns:
            self._turn(turn)
        self._slots()
        state = self.world.state
        assert self._gate == (state.gate.sending.intent_id if state.gate else None), (
            "the open gate is not the one recorded"
        )
        for lead in self.world.leads:
            known = self._leads[lead.id]
            assert (known.status, known.question) == (lead.status, lead.question), "a change that no fact tells of"
            assert known.version == lead.version, "the version is not the number of facts that raise it"

    def _slots(self) -> None:
        """Two clients never hold or have booked one time, and a hold has a reason."""
        for lead in self.world.leads:
            appointment = lead.appointment
            if appointment is None or not appointment.live:
                continue
            span = (appointment.starts_at, appointment.busy_until)
            others = [lead_id for lead_id, other in self.world.agenda.taken.items() if overlap(span, other)]
            assert not others, "a time that another client has"
            assert lead.status not in ("CANCELLED", "REJECTED", "REFUNDED"), "a time is kept for nobody"
            assert (appointment.state == "booked") == (lead.status in ("BOOKED", "COMPLETED", "NO_SHOW"))

    def _turn(self, turn: Turn) -> None:
        applied: set[UUID] = set()
        data = turn.event.data
        if isinstance(data, p.DepositPaid) and data.lead_id in self._leads:
            self._paid[data.lead_id] += data.amount_pence
        for recorded in turn.recorded:
            self._fact(turn, recorded.fact, recorded.version, applied)
        for one in turn.out:
            if isinstance(one.data, IntentCreated) and self._said_while_silent(turn, one.data):
                raise AssertionError("a message to a person who has opted out")

    def _said_while_silent(self, turn: Turn, intent: IntentCreated) -> bool:
        silent = (turn.began.opted_out and turn.state.opted_out) or turn.began.closed_into is not None
        return silent and intent.audience == "client" and not intent.opt_out_confirmation

    def _fact(self, turn: Turn, fact: e.Fact, version: int | None, applied: set[UUID]) -> None:
        lead = self._leads.get(fact.lead_id) if fact.lead_id else None
        match fact:
            case e.OptedOut():
                self._opted_out = True
            case e.OptedIn():
                self._opted_out = False
            case e.PersonErased():
                self._erased = True
            case e.LeadCreated():
                lead = self._leads[fact.lead.id] = _Enquiry()
            case e.MessageReceived() if fact.judged:
                self._message(fact, turn)
            case e.MessageCreated() if fact.gate is not None and not fact.sending.opt_out:
                assert self._gate is None, "a gate was opened while another stood open"
                self._gate = fact.sending.intent_id
                before = self._asked.get(fact.retry_of, ()) if fact.retry_of is not None else ()
                self._asked[self._gate] = (self.world.studio.questions, *before)
            case e.MessageSent():
                self._sent.add(fact.intent_id)
                assert self._proved(turn, fact), f"nothing proves the basis {fact.basis}"
            case e.MessageFailed(late=True) if fact.retry is not None:
                self._ends[fact.intent_id].append("taken back")
            case e.GateClosed():
                self._closed(fact)
                if fact.how == "applied":
                    applied.add(fact.intent_id)
                    assert fact.basis == "force" or fact.intent_id in self._sent, "applied, and never delivered"
        if lead is not None:
            lead.take(fact, self.world, applied, self._opted_out or self._erased, self._asked)
            if fact.RAISES:
                assert version == lead.version, "the versions have a gap"

    def _proved(self, turn: Turn, fact: e.MessageSent) -> bool:
        data = turn.event.data
        match fact.basis:
            case "reply":
                return isinstance(data, MessageReceived)
            case "payment":
                return isinstance(data, p.DepositPaid)
            case _:
                proof = isinstance(data, d.MessageDelivered) or (
                    isinstance(data, d.MessageStatus) and data.makes_delivered
                )
                return proof and data.intent_id == fact.intent_id

    def _closed(self, fact: e.GateClosed) -> None:
        ends = self._ends.setdefault(fact.intent_id, [])
        # What had failed may turn out to have arrived; what was taken back may be applied again.
        assert not ends or ends[-1] in ("failed", "taken back"), f"a gate that was {ends[-1]} ended {fact.how}"
        ends.append(fact.how)
        if self._gate == fact.intent_id:
            self._gate = None

    def _message(self, fact: e.MessageReceived, turn: Turn) -> None:
        self._judged[fact.message_id] += 1
        assert self._judged[fact.message_id] == 1, "a message was judged twice"
        by_hand = isinstance(turn.event.data, OperatorActed)
        newest = self._newest
        if fact.ahead:
            assert fact.verdict in _COMMANDS, f"judged ({fact.verdict}) before one that was written earlier"
            return
        late = newest is not None and fact.sent_at < newest  # type: ignore[operator]
        assert not late or by_hand or fact.verdict in _COMMANDS or fact.verdict == "sent_again", (
            f"judged ({fact.verdict}) after one that was written later"
        )
        self._newest = fact.sent_at if newest is None else max(newest, fact.sent_at)  # type: ignore[type-var]

    def _mailbox(self) -> None:
        world = self.world
        waits = [waiting for waiting in world.box if not waiting.out_of_order]
        held = world.state.gate or world.state.opt_out_gate or world.state.parked or world.mode.panic
        held = held or "collect" in world.state.timers
        assert not waits or held, "something waits and nothing is under way"

    # --- in the end ----------------------------------------------------------------------------------------------------

    def at_the_end(self) -> None:
        """What holds for the whole of it."""
        self._numbers()
        self._reverted_gates()
        self._topic_tells_the_whole_story()
        self._nothing_personal()
        for lead in self.world.leads:
            believed = lead.deposit.paid_pence if lead.deposit else 0
            assert believed == self._paid[lead.id], "the sum recorded is not the sum that was reported"

    def _numbers(self) -> None:
        sent = [data.sequence for _, data in self.world.emitted if isinstance(data, IntentCreated | IntentCancelled)]
        assert sent == list(range(1, len(sent) + 1)), "the numbers of what was emitted have a gap"
        ids = [data.intent_id for _, data in self.world.emitted if isinstance(data, IntentCreated)]
        assert len(ids) == len(set(ids)), "two messages have one id"

    def _reverted_gates(self) -> None:
        for ends in self._ends.values():
            assert ends.count("applied") <= 1 + ends.count("taken back"), "a gate was applied twice"

    def _topic_tells_the_whole_story(self) -> None:
        for lead in self.world.leads:
            mine = [data for data in self.world.published if data.lead_id == lead.id]
            raising = [data.version for data in mine if not isinstance(data, out.MessageFact)]
            assert raising == list(range(1, lead.version + 1)), "the topic has a gap"
            again = replay(lead.conversation_id, [_Said(data) for data in mine])  # type: ignore[misc]
            for name in ("status", "question", "version", "flags", "slot"):
                assert getattr(again, name) == getattr(lead, name), f"{name} is not what the topic tells"
            kept = {key: public_value(key, value) for key, value in lead.values.items()}
            told, kept = again.values, {key: value for key, value in kept.items() if value is not None}
            assert told == kept, "the values are not what the topic tells"
            assert (again.handover is None) == (lead.handover is None), "the handover is not what the topic tells"
            if lead.deposit is not None:
                assert again.deposit is not None
                assert (again.deposit.state, again.deposit.paid_pence) == (lead.deposit.state, lead.deposit.paid_pence)

    def _nothing_personal(self) -> None:
        told = msgspec.json.encode(self.world.published).decode()
        for secret in (PHONE, NAME, "GB.1234", "a fox asleep between ferns", "left forearm", "ana.whitfield"):
            assert secret not in told, f"the topic tells {secret!r}"


class _Said:
    """An event, as far as `replay` looks at one."""

    def __init__(self, data: out.LeadFact) -> None:
        self.data = data


class _Enquiry:
    """One lead as its facts tell it."""

    def __init__(self) -> None:
        self.status = "NEW"
        self.question: str | None = None
        self.version = 0
        self.opened_from: str | None = None
        self.answered: set[str] = set()

    def take(
        self,
        fact: e.Fact,
        world: Conversing,
        applied: set[UUID],
        opted_out: bool,
        asked: Mapping[UUID, Sequence[Sequence[str]]],
    ) -> None:
        """Move on by one fact, or fail where a rule forbids it. `asked`: the studio's questions when a message was made,
        and when the one was that it stands for."""
        self.version += fact.RAISES
        match fact:
            case e.Restarted():
                self.answered, self.question = set(), None
            case e.AnswerRecorded():
                self.answered.add(fact.key)
            case e.StepAdvanced():
                assert fact.intent_id in applied, "the step moved without its message"
                lists = asked[fact.intent_id]
                upcoming = [next((key for key in one if key not in self.answered), None) for one in lists]
                assert fact.key in upcoming, f"the step moved to {fact.key}, but {upcoming[0]} is the next unanswered"
                assert fact.from_step == world.studio.step(self.question, self.answered)
                self.question = fact.key
            case e.StatusChanged():
                self._status(fact, applied, opted_out)
            case e.ChangeReverted():
                self.status, self.question, self.opened_from = fact.status, fact.question, fact.handover_from

    def _status(self, fact: e.StatusChanged, applied: set[UUID], opted_out: bool) -> None:
        assert fact.from_status == self.status
        edge = allowed(fact.from_status, fact.to_status, opened_from=self.opened_from)  # type: ignore[arg-type]
        assert edge, f"{fact.from_status} → {fact.to_status} is not in the table"
        if fact.intent_id is not None:
            assert fact.intent_id in applied, "the status changed without its message"
        else:
            overdue = (fact.from_status, fact.to_status) == ("BOOKING_PENDING", "NEEDS_FOLLOW_UP")
            assert overdue or fact.to_status in _FACTS or (fact.to_status in _WITHOUT_WORDS and opted_out), (
                f"{fact.to_status} waits for a message, and had none"
            )
            assert fact.by is not None
        keeps = "OPTOUT" in (fact.from_status, fact.to_status)
        if fact.to_status == "NEEDS_ARTIST_REPLY":
            self.opened_from = fact.from_status
        elif not keeps:
            self.opened_from = None
        self.status = fact.to_status
