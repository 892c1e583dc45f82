"""Anything that may happen to a conversation, as Hypothesis draws it. A happening works on any conversation: what it is
about is picked from what is there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from inkgate_common.contracts import deliveries as d
from inkgate_common.contracts import payments as p
from inkgate_common.contracts.inbound import Media
from inkgate_common.contracts.intents import IntentCreated, ListMenu
from inkgate_common.contracts.receipts import GraphError
from tests.builders.conversations import Conversing
from tests.builders.leads import ANSWERS
from tests.builders.messages import whole_second, written
from tests.dialogue.happening import FOREIGN, Happening
from tests.dialogue.happenings_inside import ACTS, CLOSES, OTHERS, SHELL, STUDIO_FILES, TIME

WORDS = [
    "STOP",
    "START",
    "yes",
    "no",
    "CONTINUE",
    "HUMAN",
    "REFUND",
    "DELETE MY DATA",
    "hi",
    "👍",
    "",
    "a fox",
    "£60",
    "hola",
]
REQUESTS = [
    "are you free on friday?", "any discount?", "can I talk to someone?", "actually 10 cm", "I meant York", "Lima",
    "change my budget to £100", "a rose to cover up my old tattoo", "what if it hurts", "en español", "English please",
    "hola, quiero un tatuaje", "PARAR", "yes please, Berlin works", "maybe", "I am 17",
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
    + ["edited", "deleted", "unsupported", "contacts", "list", "order"]
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
        if kind in ("button", "list"):
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


FLOODS = st.builds(_floods, st.lists(TEXTS, min_size=1, max_size=4), st.sampled_from([0, 0, 3]))


def _taps(number: int) -> Happening:
    """A row of the newest list of slots."""

    def happen(world: Conversing) -> None:
        rows = [row for intent in world.intents() if isinstance(intent.body, ListMenu) for row in intent.body.rows]
        if rows:
            row = rows[-1 - number % len(rows)]
            world.happens(
                written(row.title, sequence=world.number("inbound"), sent_at=world.now, kind="list", choice=row.id)
            )

    return Happening("taps", happen, number)


TAPS = st.builds(_taps, st.integers(0, 11))


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


HAPPENINGS = st.one_of(
    SAYS, SAYS, SAYS, ENDS, ENDS, ENDS, ENDS, ACTS, ACTS, MONEY, MONEY, LEARNS, TIME, SHELL, FOREIGNERS, OTHERS,
    st.one_of(TIME, TIME, TIME, CLOSES, FLOODS), st.one_of(TAPS, TAPS, STUDIO_FILES),
)  # fmt: skip
