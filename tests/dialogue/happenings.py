"""Anything that may happen to a conversation, as Hypothesis draws it. A happening works on any conversation: what it is
about is picked from what is there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from hypothesis import strategies as st
from msgspec.structs import replace

from inkgate_common.contracts import deliveries as d
from inkgate_common.contracts import payments as p
from inkgate_common.contracts.commands import NoticeRequested, OperatorActed, TimerFired
from inkgate_common.contracts.inbound import IdentityLinked, Media
from inkgate_common.contracts.intents import IntentCreated
from inkgate_common.contracts.receipts import GraphError
from inkgate_dialogue.domain import pauses
from inkgate_dialogue.domain.agenda import EMPTY, overlap
from inkgate_dialogue.domain.decide import Mode
from inkgate_dialogue.domain.quiet import QuietHours
from inkgate_dialogue.domain.rules.actions import ACTIONS
from inkgate_dialogue.domain.rules.timers import TIMERS
from tests.builders.conversations import Conversing
from tests.builders.leads import ANSWERS, ARTIST, a_studio
from tests.builders.messages import NUMBER, PHONE, whole_second, written

_IDS = UUID("2f6d0a36-6d5b-5f0d-9a43-1f4f6a6d0e55")
FOREIGN = uuid5(_IDS, "nobody's")


class Happening:
    """One thing that happens; its repr is what a failing example shows."""

    def __init__(self, name: str, happen: Callable[[Conversing], object], *details: object) -> None:
        self.name, self._happen, self.details = name, happen, details

    def __call__(self, world: Conversing) -> None:
        world.now += timedelta(milliseconds=700)
        self._happen(world)

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(map(repr, self.details))})"


WORDS = [
    "STOP", "START", "yes", "no", "CONTINUE", "HUMAN", "REFUND", "DELETE MY DATA", "hi", "👍", "", "a fox", "£60",
    "hola", "en español", "English",
]  # fmt: skip
REQUESTS = [
    "are you free on friday?", "any discount?", "can I talk to someone?", "actually 10 cm", "I meant York", "Lima",
    "change my budget to £100", "a rose to cover up my old tattoo",
]  # fmt: skip
# What she may say while slots are on offer, or times are asked for.
SLOTS = ["2", "5", "option 3", "thursday", "the last one", "none of these", "Monday or Friday afternoon", "whenever"]
TEXTS = st.one_of(
    st.sampled_from(SLOTS),
    st.sampled_from(REQUESTS),
    st.sampled_from(WORDS),
    st.sampled_from([*ANSWERS.values(), "3", "Leeds, UK"]),
    st.text(max_size=20),
    st.none(),
)
KINDS = st.sampled_from(
    ["text"] * 12
    + ["button", "image", "audio", "sticker", "location", "reaction", "echo", "system", "edited", "deleted", "unknown"]
    + ["edited", "deleted", "unsupported", "contacts"]
)
# What a kind has besides; edits and deletions speak of one of her first messages.
DETAILS: dict[str, list[dict[str, Any]]] = {
    "edited": [{"original_message_id": f"wamid.IN{number}", "type": "text"} for number in (2, 3, 4, 99)],
    "deleted": [{"original_message_id": f"wamid.IN{number}"} for number in (2, 3, 4, 99)],
    "location": [{}, {"name": "Leeds"}, {"address": "12 Park Row, Leeds LS1 5HD, UK"}, {"name": 7}],
    "image": [{}, {"errors": [{"code": 131052}]}, {}, {}],
    "unsupported": [{}, {"errors": [{"code": 131060}, 7]}, {"type": "pin"}, {"type": []}],
    "reaction": [{"emoji": "👍", "message_id": "wamid.OUT1"}, {}, {}, {}],
}


def _says(text: str | None, ago_s: float, kind: str, oddity: int) -> Happening:
    def happen(world: Conversing) -> None:
        more: dict[str, Any] = {"kind": kind}
        if kind in ("image", "audio", "sticker"):
            more["media"] = Media(id="m")
        if kind == "button":
            more["choice"] = text
        if kind in DETAILS:
            more["details"] = DETAILS[kind][oddity]
        if oddity == 1:
            more["opted_out_before"] = True
        if oddity == 2:
            more |= {"from_": None, "user_id": "GB.1234"}
        data = written(
            text,
            sequence=world.number("inbound"),
            sent_at=world.now - timedelta(seconds=ago_s),
            received_at=world.now,
            **more,
        )
        world.happens(data, restored=oddity == 3)

    return Happening("says", happen, text, ago_s, kind, oddity)


SAYS = st.builds(
    _says, TEXTS, st.sampled_from([0, 0, 0, 0, 1, 5, 90, 4_000]), KINDS, st.sampled_from([0, 0, 0, 0, 0, 1, 2, 3])
)


def _floods(texts: list[str | None], ago_s: float) -> Happening:
    """More messages than are judged one by one."""

    def happen(world: Conversing) -> None:
        for number in range(22):
            _says(texts[number % len(texts)], ago_s, "text", 0)(world)

    return Happening("floods", happen, texts, ago_s)


def _studio_changes(gone: list[str], turned: bool) -> Happening:
    """The studio asks other questions from now on."""

    def happen(world: Conversing) -> None:
        asked = [key for key in ANSWERS if key not in gone]
        file = replace(world.studio.file, questions=asked[::-1] if turned else asked)
        world.studio = replace(world.studio, file=file)
        world.lists.append(world.studio.questions)

    return Happening("studio changes", happen, gone, turned)


STUDIOS = st.builds(
    _studio_changes, st.lists(st.sampled_from(sorted(ANSWERS)), max_size=12, unique=True), st.booleans()
)
FLOODS = st.builds(_floods, st.lists(TEXTS, min_size=1, max_size=4), st.sampled_from([0, 0, 3]))


# --- the sender --------------------------------------------------------------------------------------------------------


def _pick(world: Conversing, number: int, wanted: Callable[[IntentCreated], bool]) -> IntentCreated | None:
    found = [intent for intent in world.intents() if wanted(intent)]
    return found[number % len(found)] if found else None


def _common(world: Conversing, intent: IntentCreated) -> dict[str, Any]:
    number = world.number("deliveries")
    return {"intent_id": intent.intent_id, "sequence": number, "lead_id": intent.lead_id, "at": world.now}


def _ends(how: str, number: int, lag_s: float) -> Happening:
    """What is under way ends, each message once."""

    def happen(world: Conversing) -> None:
        intent = _pick(world, number, lambda one: one.intent_id not in world.ended)
        if intent is None:
            return
        world.ended.add(intent.intent_id)
        common = _common(world, intent)
        if how in ("delivered", "invited"):
            taken = world.now - timedelta(seconds=lag_s)
            world.happens(
                d.MessageDelivered(
                    **common, wamid="w", attempts=1, basis="accepted", accepted_at=whole_second(taken), began_at=taken,
                    fallback=how == "invited",
                )
            )  # fmt: skip
        elif how == "failed":
            world.happens(d.MessageFailed(**common, code="131026"))
        else:
            world.happens(d.MessageCancelled(**common, reason="opt_out"))

    return Happening(how, happen, number, lag_s)


ENDS = st.builds(
    _ends,
    st.sampled_from(["delivered"] * 7 + ["invited", "failed", "cancelled"]),
    st.integers(0, 3),
    st.sampled_from([0.0, 0.0, 3.0, 60.0]),
)


def _learns(status: str, number: int, flags: int) -> Happening:
    """What is learned later, of any message, also what the sender would never say."""

    def happen(world: Conversing) -> None:
        intent = _pick(world, number, lambda _: True)
        if intent is None:
            return
        world.happens(
            d.MessageStatus(
                **_common(world, intent),
                wamid="w",
                attempt=1,
                status=status,
                errors=[GraphError(code=131026)] if status == "failed" else [],
                accepted_at=whole_second(world.now) if flags != 3 else None,
                began_at=world.now if flags != 3 else None,
                makes_delivered=flags == 1 and status != "failed",
                all_failed=flags == 2 and status == "failed",
                fallback=flags == 4,
            )
        )

    return Happening("status", happen, status, number, flags)


LEARNS = st.builds(
    _learns,
    st.sampled_from(["accepted", "accepted", "sent", "delivered", "read", "failed", "failed", "unheard of"]),
    st.integers(0, 9),
    st.integers(0, 3),
)


def _foreign(what: int) -> Happening:
    def happen(world: Conversing) -> None:
        common = {"intent_id": FOREIGN, "sequence": world.number("deliveries"), "at": world.now}
        taken: dict[str, Any] = {"wamid": None, "attempts": 1, "basis": "status"}
        world.happens(
            (
                d.MessageDelivered(**common, **taken, accepted_at=world.now, began_at=world.now),
                d.MessageFailed(**common, code="uncertain"),
                d.MessageCancelled(**common),
                d.MessageStatus(**common, wamid=None, status="failed", all_failed=True),
                d.MessageStatus(**common, wamid=None, status="sent", makes_delivered=True),
            )[what]
        )

    return Happening("foreign", happen, what)


FOREIGNERS = st.builds(_foreign, st.integers(0, 4))


# --- money -------------------------------------------------------------------------------------------------------------

_MONEY: list[Callable[[dict[str, Any]], p.Payment]] = [
    lambda c: p.DepositLinkCreated(
        **c, url="https://pay.example/1", expires_at=c["at"], amount_pence=1, currency="GBP"
    ),
    lambda c: p.DepositLinkCreated(
        **c, url="https://pay.example/1", expires_at=c["at"], amount_pence=1, currency="GBP"
    ),
    lambda c: p.DepositPaid(**c, amount_pence=15_000, currency="GBP"),
    lambda c: p.DepositPaid(**c, amount_pence=15_000, currency="GBP", second=True, mismatch="amount"),
    lambda c: p.DepositRequestFailed(**c, code="x", message="y"),
    lambda c: p.DepositPaymentFailed(**c),
    lambda c: p.DepositExpired(**c),
    lambda c: p.DepositRefunded(
        **c, refund="re", amount_pence=15_000, refunded_pence=15_000, currency="GBP", in_full=True
    ),
    lambda c: p.DepositRefunded(**c, refund="re", amount_pence=50, refunded_pence=150, currency="GBP", in_full=False),
    lambda c: p.DepositRefundFailed(**c),
    lambda c: p.DepositDisputed(**c, dispute="dp", amount_pence=1, currency="GBP"),
]


def _money(what: int, whose: int, command: int) -> Happening:
    def happen(world: Conversing) -> None:
        leads = [*world.rows, FOREIGN]
        lead_id = leads[-1] if whose == 3 else leads[min(whose, len(leads) - 1)] if whose else world.state.lead_id
        standing = world.lead_of(lead_id).deposit if lead_id in world.rows else None
        named = standing.command_id if standing is not None and command < 3 else FOREIGN if command == 3 else None
        world.happens(_MONEY[what]({"lead_id": lead_id or FOREIGN, "command_id": named, "at": world.now}))

    return Happening("money", happen, what, whose, command)


MONEY = st.builds(_money, st.integers(0, len(_MONEY) - 1), st.sampled_from([0, 0, 0, 0, 1, 2, 3]), st.integers(0, 4))


# --- operators, timers, the shell --------------------------------------------------------------------------------------

_ARGUMENTS: dict[str, dict[str, Any]] = {
    "ask": {"text": "Hello {there}"},
    "book": {"slot": "Sat 11:00"},
    "change_deposit": {"amount_pence": 20_000},
    "judge": {"message_id": "wamid.IN2"},
}


def _acts(action: str, whose: int, wrong: bool, number: int) -> Happening:
    def happen(world: Conversing) -> None:
        leads = [*world.rows, FOREIGN]
        lead_id = leads[min(whose, len(leads) - 1)] if whose else world.state.lead_id or FOREIGN
        arguments = {"text": 7, "nonsense": []} if wrong else dict(_ARGUMENTS.get(action, {}))
        if action == "book" and number and not wrong:
            arguments = {} if number == 1 else {"slot": f"{world.now + timedelta(days=2):%Y-%m-%dT%H:00Z}"}
        late = [waiting for waiting in world.box if waiting.out_of_order]
        if action == "judge" and late and not wrong:
            arguments = {"message_id": late[number % len(late)].event.data.message_id}
        world.happens(
            OperatorActed(
                action_id=uuid5(_IDS, f"action {world.number('events')}"), lead_id=lead_id, action=action,
                arguments=arguments, by="mia", at=world.now,
            )
        )  # fmt: skip

    return Happening("acts", happen, action, whose, wrong)


ACTS = st.builds(
    _acts,
    st.sampled_from([*ACTIONS, "dance"]),
    st.sampled_from([0, 0, 0, 0, 1, 2]),
    st.sampled_from([False] * 7 + [True]),
    st.integers(0, 2),
)


def _time(seconds: float) -> Happening:
    return Happening("time passes", lambda world: world.passes(seconds=seconds), seconds)


TIME = st.builds(_time, st.sampled_from([1.0, 61.0, 3_600.0 * 7, 3_600.0 * 13, 3_600.0 * 30, 3_600.0 * 60]))


def _others(what: int) -> Happening:
    """Other leads take times, or give them up; the artist's calendar fills, or cannot be read."""

    def happen(world: Conversing) -> None:
        lead = world.lead_of(world.state.lead_id) if world.state.lead_id else None
        offered = lead.offer.sessions if lead is not None and lead.offer is not None else ()
        mine = lead.appointment if lead is not None else None
        agenda = world.agenda
        match what:
            case 0 | 1 | 2 if offered:
                one = offered[what % len(offered)]
                free = (
                    mine is None
                    or not mine.live
                    or not overlap((one.starts_at, one.busy_until), (mine.starts_at, mine.busy_until))
                )
                if free:  # nobody can take what is hers
                    taken = {**agenda.taken, uuid5(_IDS, f"{one}"): (one.starts_at, one.busy_until)}
                    world.agenda = replace(agenda, taken=taken)
            case 3:
                world.agenda = replace(agenda, busy=((world.now, world.now + timedelta(days=60)),))
            case 4:
                world.agenda = replace(agenda, unread=True)
            case _:
                world.agenda = EMPTY

    return Happening("others", happen, what)


OTHERS = st.builds(_others, st.integers(0, 5))


def _shell(what: int) -> Happening:
    def happen(world: Conversing) -> None:
        match what:
            case 0 | 1:
                change = pauses.begin if what == 0 else pauses.end
                world.mode = Mode(panic=what == 0, pauses=change(world.mode.pauses, None, world.now))
            case 2:
                world.mode = replace(world.mode, pilot=not world.mode.pilot)
            case 9:
                held = any(pause.number == NUMBER and pause.ended_at is None for pause in world.mode.pauses)
                change = pauses.end if held else pauses.begin
                world.mode = replace(world.mode, pauses=change(world.mode.pauses, NUMBER, world.now))
            case 10:
                world.fire(sorted(TIMERS)[world.taken % len(TIMERS)], world.now)
            case 11:
                world.studio = a_studio(quiet_hours=QuietHours(begin="11:00", end="19:00"))
            case 3:
                world.fire("drain", world.now)
            case 4:
                world.state = replace(world.state, parked="an event is dead")
            case 5:
                world.fire("silence", world.now - timedelta(hours=1))
            case 6:
                link = {"phone_number_id": NUMBER, "at": world.now, "from_": PHONE, "took_over": [FOREIGN]}
                world.happens(IdentityLinked(sequence=world.number("inbound"), **link))  # type: ignore[arg-type]
            case 7:
                due = world.state.timers.get("opt_out_status", world.now)
                lead_id = world.state.lead_id or FOREIGN
                world.happens(TimerFired(timer_id=FOREIGN, lead_id=lead_id, timer="opt_out_status", due_at=due))
            case 8:
                world.fire("tour", world.now)
            case _:
                world.happens(NoticeRequested(lead_id=FOREIGN, notice="x", to=ARTIST, text="?", phone_number_id=NUMBER))

    return Happening("shell", happen, what)


SHELL = st.builds(_shell, st.integers(0, 11))
CLOSES = st.just(
    Happening(
        "closes",
        lambda world: world.happens(
            IdentityLinked(phone_number_id=NUMBER, sequence=world.number("inbound"), at=world.now, closed_into=FOREIGN)
        ),
    )
)

HAPPENINGS = st.one_of(
    SAYS, SAYS, SAYS, ENDS, ENDS, ENDS, ENDS, ACTS, ACTS, MONEY, MONEY, LEARNS, TIME, SHELL, FOREIGNERS, OTHERS,
    st.one_of(TIME, TIME, TIME, CLOSES, FLOODS, STUDIOS),
)  # fmt: skip
