"""How a conversation under test stands: each check fails with what it found."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from inkgate_common.contracts import Data
from inkgate_common.contracts.commands import NoticeRequested
from inkgate_common.contracts.inbound import MessageReceived
from inkgate_common.contracts.payment_commands import DepositRequested
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.turn import describe
from tests.builders.conversations import Conversing

Check = Callable[[Conversing], object]


# --- checks: the lead --------------------------------------------------------------------------------------------------


def _same(what: str, found: object, expected: object) -> None:
    assert found == expected, f"{what} is {found!r}, not {expected!r}"


def status(expected: str) -> Check:
    return lambda world: _same("the status", world.lead.status, expected)


def step(expected: str | None) -> Check:
    """The question that stands open."""
    return lambda world: _same("the open question", world.lead.question, expected)


def answer(key: str, text: str | None) -> Check:
    return lambda world: _same(f"the answer to {key}", world.lead.answers.get(key), text)


def value(key: str, expected: object) -> Check:
    return lambda world: _same(f"what was understood of {key}", world.lead.values.get(key), expected)


def strikes(key: str, expected: int) -> Check:
    return lambda world: _same(f"strikes of {key}", world.lead.strikes.get(key, 0), expected)


def flag(name: str) -> Check:
    def check(world: Conversing) -> None:
        assert name in world.lead.flags, f"the flag {name} is not up: {world.lead.flags}"

    return check


def no_flag(name: str) -> Check:
    def check(world: Conversing) -> None:
        assert name not in world.lead.flags, f"the flag {name} is up"

    return check


def handover(reason: str | None) -> Check:
    """The artist has her, for this reason (None: nobody has)."""
    return lambda world: _same("the handover", world.lead.handover.reason if world.lead.handover else None, reason)


def opted_out(expected: bool = True) -> Check:
    return lambda world: _same("opted_out", world.state.opted_out, expected)


def deposit(state: str, *, paid: int = 0, refunded: int = 0) -> Check:
    def check(world: Conversing) -> None:
        found = world.lead.deposit
        assert found is not None, "there is no deposit"
        _same("the deposit", (found.state, found.paid_pence, found.refunded_pence), (state, paid, refunded))

    return check


def lead_is(**fields: Any) -> Check:
    def check(world: Conversing) -> None:
        for name, expected in fields.items():
            _same(name, getattr(world.lead, name), expected)

    return check


def leads(count: int) -> Check:
    return lambda world: _same("the number of enquiries", len(world.rows), count)


# --- checks: gates and mailbox -----------------------------------------------------------------------------------------


def gate(change: str) -> Check:
    """A gate is open, and this waits for it ('none': nothing does)."""

    def check(world: Conversing) -> None:
        standing = world.state.gate
        assert standing is not None, "no gate is open"
        _same("what waits", describe(standing.sending.change, world.lead, world.studio), change)

    return check


def no_gate() -> Check:
    def check(world: Conversing) -> None:
        for standing in (world.state.gate, world.state.opt_out_gate):
            assert standing is None, f"a gate is open: {standing.sending.copy}"

    return check


def gate_ended(how: str, *, copy: str | None = None, basis: str | None = None, by_fact: bool = False) -> Check:
    """Since the `when` a gate ended like this, and only like this."""

    def check(world: Conversing) -> None:
        ends = [
            fact
            for fact in world.facts()
            if isinstance(fact, e.GateClosed) and (copy is None or world.copies[fact.intent_id] == copy)
        ]
        _same("how it ended", [end.how for end in ends], [how])
        if basis is not None:
            _same("the basis", ends[0].basis, basis)
        if by_fact:
            UUID(ends[0].reason)  # the event id of the fact

    return check


def no_gate_ended() -> Check:
    return recorded(e.GateClosed, times=0)


def waiting(count: int) -> Check:
    return lambda world: _same("what waits in the mailbox", len(world.box), count)


def holds(number: int | None, *, state: str = "held") -> Check:
    """She has this slot of those on offer (None: she has none)."""

    def check(world: Conversing) -> None:
        appointment, offer = world.lead.appointment, world.lead.offer
        if number is None:
            assert appointment is None or not appointment.live, f"she still has {appointment}"
            return
        assert appointment is not None and offer is not None, "she has no appointment"
        _same("her time", appointment.starts_at, offer.sessions[number - 1].starts_at)
        _same("its state", appointment.state, state)

    return check


def had(state: str) -> Check:
    """What became of her appointment."""
    return lambda world: _same("her appointment", world.lead.appointment and world.lead.appointment.state, state)


def on_offer(count: int | None) -> Check:
    """So many slots are on offer (None: nothing was offered)."""
    return lambda world: _same("what is on offer", world.lead.offer and len(world.lead.offer.sessions), count)


# --- checks: what was said ---------------------------------------------------------------------------------------------


def says(*copies: str) -> Check:
    """Exactly these messages went to the outbox for her."""

    def check(world: Conversing) -> None:
        found = [world.copies[intent.intent_id] for intent in world.intents(since=world.mark_emitted)]
        _same("what is said", found, list(copies))

    return check


def says_nothing() -> Check:
    return says()


def text(*parts: str) -> Check:
    """The newest message contains these."""

    def check(world: Conversing) -> None:
        newest = list(world.intents())[-1]
        for part in parts:
            assert part in newest.body.text, f"{part!r} is not in {newest.body.text!r}"

    return check


def sending(**fields: Any) -> Check:
    """The newest message has these."""

    def check(world: Conversing) -> None:
        newest = list(world.intents())[-1]
        for name, expected in fields.items():
            _same(name, getattr(newest, name), expected)

    return check


def instead_of_what_failed() -> Check:
    """The newest message is a new intent that names the one that had failed."""

    def check(world: Conversing) -> None:
        facts = [recorded.fact for turn in world.turns for recorded in turn.recorded]
        failed = [fact.intent_id for fact in facts if isinstance(fact, e.MessageFailed)][-1]
        newest = list(world.intents())[-1]
        _same("retry_of", newest.retry_of, failed)
        assert newest.intent_id != failed

    return check


def calls_off(*copies: str) -> Check:
    """The cancellation of these was asked for, and of nothing else."""
    return lambda world: _same("what is called off", [world.copies[one] for one in world.cancellations()], list(copies))


def tells_the_artist(*notices: str) -> Check:
    def check(world: Conversing) -> None:
        found = [data.notice for data in world.outgoing() if isinstance(data, NoticeRequested)]
        _same("what the artist is told", found, list(notices))

    return check


def tells_nobody() -> Check:
    return tells_the_artist()


def asks_payments(*kinds: type[Data]) -> Check:
    def check(world: Conversing) -> None:
        found = [type(data) for data in world.outgoing() if data.TOPIC == "payment-commands"]
        _same("what payments is asked for", found, list(kinds))

    return check


def asks_for(pence: int) -> Check:
    """A link over this sum is asked for."""

    def check(world: Conversing) -> None:
        found = [data.amount_pence for data in world.outgoing() if isinstance(data, DepositRequested)]
        _same("the sum", found, [pence])

    return check


# --- checks: what was recorded -----------------------------------------------------------------------------------------


def verdict(*expected: str) -> Check:
    """What became of her messages, in the order in which they were judged."""

    def check(world: Conversing) -> None:
        found = [fact.verdict for fact in world.facts() if isinstance(fact, e.MessageReceived)]
        _same("the verdict", found, list(expected))

    return check


def judged(*expected: str) -> Check:
    """Her messages that were judged, in that order."""

    def check(world: Conversing) -> None:
        found = [fact.text for fact in world.facts() if isinstance(fact, e.MessageReceived) and fact.judged]
        _same("what was judged", found, list(expected))

    return check


def recorded(kind: type[e.Fact], *, times: int = 1, **fields: Any) -> Check:
    def check(world: Conversing) -> None:
        found = [
            fact
            for fact in world.facts()
            if isinstance(fact, kind) and all(getattr(fact, name) == want for name, want in fields.items())
        ]
        _same(f"{kind.__name__} {fields or ''}", len(found), times)

    return check


def refused(reason: str = "", *, allowed: str | None = None) -> Check:
    """The operator's action was refused, recorded, and shown with what would be allowed."""

    def check(world: Conversing) -> None:
        found = [fact for fact in world.facts() if isinstance(fact, e.ActionRefused)]
        _same("refusals", len(found), 1)
        assert reason in found[0].reason, found[0].reason
        assert allowed is None or allowed in found[0].allowed, found[0].allowed

    return check


def nothing_changed() -> Check:
    """Neither status nor step nor anything else that raises the version, but a flag."""

    def check(world: Conversing) -> None:
        raised = [fact.KIND for fact in world.facts() if fact.RAISES and not isinstance(fact, e.Flagged | e.GateClosed)]
        _same("what changed", raised, [])

    return check


def same_version(since: Conversing) -> Check:
    return lambda world: _same("the version", world.lead.version, since.lead.version)


def at(world: Conversing) -> datetime:
    """Now, there."""
    return world.now


def message_id(world: Conversing, number: int) -> str:
    """The id of her n-th message."""
    found = [turn.event.data.message_id for turn in world.turns if isinstance(turn.event.data, MessageReceived)]
    return found[number]
