"""Examples for the OpenAPI document: one client, from her first message to the deposit link, played through the core that
judges real ones and shown by the code that shows real ones. So no example can say what the API would not.

Played when the document is asked for; a sender and a payments that always succeed stand in for the others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec
from litestar.openapi.spec import Parameter
from msgspec.structs import replace

from inkgate_common.cloudevents import Event
from inkgate_common.contracts import Data
from inkgate_common.contracts.commands import OperatorActed
from inkgate_common.contracts.deliveries import MessageDelivered
from inkgate_common.contracts.inbound import MessageReceived
from inkgate_common.contracts.intents import IntentCreated
from inkgate_common.contracts.payment_commands import DepositRequested
from inkgate_common.contracts.payments import DepositLinkCreated
from inkgate_common.openapi import header, taking
from inkgate_common.web import Problem
from inkgate_dialogue import invitation, problems, shapes, studio_file
from inkgate_dialogue.domain import timeline as shown_on
from inkgate_dialogue.domain.decide import take
from inkgate_dialogue.domain.lead import Conversation, Lead
from inkgate_dialogue.domain.run import Mode
from inkgate_dialogue.domain.studio import Studio
from inkgate_dialogue.domain.turn import Turn
from inkgate_dialogue.queries import action_view, item, lead_view
from inkgate_dialogue.reload import Watch

AT = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
CONVERSATION = UUID("5d3c1f0e-8a54-5b1c-9a55-0c6f5a2d7e11")
PHONE = "447700900123"
_ANSWERS = {
    "idea": "A fern along the arm",
    "placement": "Left forearm",
    "dimensions": "8 x 12 cm",
    "style": "Fine line",
    "complexity": "2",
    "coverup": "No",
    "reference_images": "no",
    "budget": "£500",
    "location_city": "Glasgow",
    "location_country": "United Kingdom",
    "instagram_handle": "@rosa.example",
    "travel_city": "same",
    "timing": "flexible",
}
# The turn that the timeline shows: her answer to this question.
_SHOWN = "placement"


class _Client:
    """One conversation. `rows` are those of the timeline."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.now = studio, AT
        self.state = Conversation(id=CONVERSATION, phone_number_id="106540352242922")
        self.leads: dict[UUID, Lead] = {}
        self.rows: list[SimpleNamespace] = []
        self._numbers = iter(range(1, 1_000))
        self._under_way: list[IntentCreated | DepositRequested] = []

    @property
    def lead(self) -> Lead:
        (lead,) = self.leads.values()
        return lead

    @property
    def view(self) -> dict[str, Any]:
        return lead_view(self.lead, self.state, 0, self.studio)

    def says(self, text: str) -> None:
        self.now += timedelta(seconds=20)
        number = next(self._numbers)
        self.happens(
            MessageReceived(
                phone_number_id=self.state.phone_number_id, sequence=number, message_id=f"wamid.Example{number:02}",
                sent_at=self.now, received_at=self.now, from_=PHONE, profile_name="Rosa", kind="text", text=text,
            )
        )  # fmt: skip

    def acts(self, action: str) -> UUID:
        action_id = uuid5(CONVERSATION, action)
        self.now += timedelta(hours=1)
        self.happens(
            OperatorActed(action_id=action_id, lead_id=self.lead.id, action=action, arguments={}, by="Ana", at=self.now)
        )
        return action_id

    def settles(self) -> None:
        """What is under way is sent and delivered; a link that was asked for is made."""
        while self._under_way:
            asked = self._under_way.pop(0)
            number, self.now = next(self._numbers), self.now + timedelta(seconds=1)
            if isinstance(asked, IntentCreated):
                self.happens(
                    MessageDelivered(
                        intent_id=asked.intent_id, sequence=number, lead_id=asked.lead_id, at=self.now, basis="accepted",
                        wamid=f"wamid.Example{number:02}", attempts=1, accepted_at=self.now, began_at=self.now,
                    )
                )  # fmt: skip
            else:
                session = "cs_test_ExampleOnly00000000"
                self.happens(
                    DepositLinkCreated(
                        lead_id=asked.lead_id, command_id=asked.command_id, session=session, at=self.now,
                        url=f"https://checkout.stripe.com/c/pay/{session}", expires_at=asked.expires_at,
                        amount_pence=asked.amount_pence, currency=asked.currency,
                    )
                )  # fmt: skip

    def happens(self, data: Data) -> None:
        event = Event(
            id=uuid5(CONVERSATION, f"{next(self._numbers)}"), type=data.TYPE, source="/inkgate/example", time=self.now,
            subject=str(CONVERSATION), data=data,
        )  # fmt: skip
        outcome = take(replace(self.state, leads=self.leads), [], event, self.studio, Mode(), self.now)
        self.leads = self.leads | outcome.state.leads
        self.state = replace(outcome.state, leads={})
        for turn in outcome.turns:
            self._shows(turn)
            self._under_way += [out.data for out in turn.out if isinstance(out.data, IntentCreated | DepositRequested)]

    def _shows(self, turn: Turn) -> None:
        self.rows += [
            SimpleNamespace(
                position=4_100 + len(self.rows) + ordinal, at=self.now, lead_id=recorded.fact.lead_id,
                conversation_id=CONVERSATION, phone=PHONE, kind=recorded.fact.KIND, version=recorded.version,
                intent_id=shown_on.intent_of(recorded.fact), data=shown_on.encoded(recorded.fact),
            )
            for ordinal, recorded in enumerate(recorded for recorded in turn.recorded if recorded.fact.SHOWN)
        ]  # fmt: skip


@dataclass
class _Story:
    """`asked`: the lead while the message that answers her is under way; `turn`: the timeline of that turn; `linked`: the
    lead with its deposit link; `action`: what made the link."""

    asked: dict[str, Any]
    turn: Sequence[dict[str, Any]]
    linked: dict[str, Any]
    lead: Lead
    action: dict[str, Any]


@cache
def _story() -> _Story:
    rosa = _Client(studio_file.read(None))
    rosa.says("Hi! I would love a tattoo")
    rosa.settles()
    asked: dict[str, Any] = {}
    turn: list[dict[str, Any]] = []
    while (question := rosa.lead.question) is not None and rosa.lead.status == "QUALIFYING":
        before = len(rosa.rows)
        rosa.says(_ANSWERS[question])
        if question == _SHOWN:
            asked = rosa.view
        rosa.settles()
        if question == _SHOWN:
            turn = [item(row) for row in rosa.rows[before:]]
    began = len(rosa.rows)
    action_id = rosa.acts("approve")
    at = rosa.now
    rosa.settles()
    (intent_id,) = {row.intent_id for row in rosa.rows[began:] if row.kind == "message_created"}
    action = SimpleNamespace(
        id=action_id, lead_id=rosa.lead.id, action="approve", state="done", intent_id=intent_id, reason=None, allowed=None,
        by="Ana", created_at=at, done_at=at,
    )  # fmt: skip
    return _Story(asked, turn, rosa.view, rosa.lead, action_view(action))


def lead() -> dict[str, Any]:
    return _story().asked


def leads() -> dict[str, Any]:
    linked = _story().linked
    return {"items": [linked], "next_cursor": shapes.cursor((AT, linked["id"]))}


def timeline() -> dict[str, Any]:
    return {"items": _story().turn, "next_cursor": _story().turn[-1]["id"]}


def export() -> dict[str, Any]:
    told, linked = _story(), _story().linked
    return {
        "conversation_id": CONVERSATION,
        **{name: linked[name] for name in ("phone", "name", "language", "opted_out")},
        "user_id": None,
        "erased_at": None,
        "leads": [msgspec.to_builtins(told.lead)],
        "timeline": told.turn,
        "waiting": [],
        "actions": [{**told.action, "arguments": {}}],
    }


def action() -> dict[str, Any]:
    return _story().action


def taken() -> dict[str, Any]:
    return shapes.taken(action())


def not_now() -> Problem:
    return problems.not_now("book", lead())


def stale() -> Problem:
    return problems.stale(lead()["version"] - 1, lead())


@dataclass(frozen=True)
class Later:
    """A problem that is made when the document is."""

    make: Callable[[], Problem]

    def body(self) -> dict[str, Any]:
        return self.make().body()


# --- what is asked ----------------------------------------------------------------------------------------------------

OF_A_LEAD = {"lead_id": lambda: lead()["id"]}
# What routes read from the request themselves.
ACT = taking(
    shapes.action_body(),
    example={"action": "approve", "by": "Ana"},
    says="The action and its arguments (also together in an object `arguments`).",
    parameters=[
        header("Idempotency-Key", "Makes it safe to repeat.", {"type": "string", "maxLength": 255}),
        header("If-Match", "The lead's version as it was read.", {"type": "string", "pattern": '^"?[0-9]+"?$'}),
    ],
    asked={**OF_A_LEAD, "Idempotency-Key": lambda: "approve-once", "If-Match": lambda: f'"{lead()["version"]}"'},
)
_EVENT_ID = {"type": "string", "pattern": "^[0-9]{1,18}$"}
FOLLOW = taking(
    parameters=[
        header("Last-Event-ID", "Go on after this item; it counts more than `after`.", _EVENT_ID),
        Parameter(
            name="after", param_in="query", required=False, description="The same, for whoever cannot set a header.",
            schema=_EVENT_ID,  # type: ignore[arg-type]
        ),
    ],
    asked={"Last-Event-ID": lambda: _story().turn[-3]["id"], "after": lambda: _story().turn[-3]["id"]},
)  # fmt: skip

# --- the studio -------------------------------------------------------------------------------------------------------


def funnel() -> shapes.FunnelShown:
    steps = [shapes.StepShown(question, 41 - 2 * at) for at, question in enumerate(studio()["questions"])]
    return shapes.FunnelShown(30, 43, steps, {"QUALIFYING": 41, "PENDING_APPROVAL": 15, "DEPOSIT_PAID": 9, "BOOKED": 8})


def mode() -> shapes.ModeShown:
    return shapes.ModeShown(panic=False, pilot=False)


def switched() -> shapes.ModeShown:
    return shapes.ModeShown(panic=True, pilot=False)


class _Then:
    """A clock that stands."""

    def now(self) -> datetime:
        return AT

    def monotonic(self) -> float:
        return 0.0


@cache
def studio() -> dict[str, Any]:
    async def announce(digest: str, _: Studio) -> None:
        """Nobody listens."""

    watch = Watch(None, (), _Then(), lambda _: None, announce)
    watch.digest = "3f8a1c5e" * 8  # else the document would change with every word of the file
    return watch.view()


def events() -> str:
    return "".join(shapes.live(one).encode().decode() for one in _story().turn[-2:])


_BOOKED = invitation.Booking(
    token=uuid5(CONVERSATION, "appointment"), state="booked", starts_at=AT + timedelta(days=39),
    ends_at=AT + timedelta(days=39, hours=4), sequence=1, updated_at=AT, summary="Fern Studio",
)  # fmt: skip
_ZONE = ZoneInfo("Europe/London")


def appointment_name() -> str:
    return f"{_BOOKED.token}.ics"


def appointment() -> str:
    return invitation.invitation(_BOOKED, _BOOKED.summary, _ZONE).decode()


def bookings() -> str:
    booked = replace(_BOOKED, summary=f"Rosa · {_BOOKED.summary}")
    return invitation.feed([booked], _BOOKED.summary, _ZONE).decode()
