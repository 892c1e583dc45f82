"""What happens inside the studio and around it: operators and the artist's phone, timers, modes, other leads, the studio
file."""

from datetime import timedelta
from typing import Any
from uuid import uuid5

from hypothesis import strategies as st
from msgspec.structs import replace

from inkgate_common.contracts.commands import NoticeRequested, OperatorActed, TimerFired
from inkgate_common.contracts.inbound import IdentityLinked
from inkgate_dialogue.domain import pauses
from inkgate_dialogue.domain.agenda import EMPTY, overlap
from inkgate_dialogue.domain.packet import code_of
from inkgate_dialogue.domain.quiet import QuietHours
from inkgate_dialogue.domain.rules.actions import ACTIONS
from inkgate_dialogue.domain.rules.line import ANSWERS, BY
from inkgate_dialogue.domain.rules.timers import TIMERS
from inkgate_dialogue.domain.run import Mode
from inkgate_dialogue.domain.studio import Consent
from tests.builders.conversations import Conversing
from tests.builders.leads import ARTIST, QUESTIONS, STUDIO
from tests.builders.messages import NUMBER, PHONE, written
from tests.builders.tours import a_stop, a_tour
from tests.dialogue.happening import FOREIGN, IDS, Happening

_ARGUMENTS: dict[str, dict[str, Any]] = {
    "ask": {"text": "Hello {there}"},
    "book": {"slot": "Sat 11:00"},
    "change_deposit": {"amount_pence": 20_000},
    "judge": {"message_id": "wamid.IN2"},
}


def _acts(action: str, whose: int, wrong: bool, number: int, by: str, link: str | None) -> Happening:
    """By hand in the console, from the artist's own phone, or by a link that holds in one status."""

    def happen(world: Conversing) -> None:
        leads = [*world.rows, FOREIGN]
        lead_id = leads[min(whose, len(leads) - 1)] if whose else world.state.lead_id or FOREIGN
        arguments = {"text": 7, "nonsense": []} if wrong else dict(_ARGUMENTS.get(action, {}))
        if action == "book" and number and not wrong:
            arguments = {} if number == 1 else {"slot": f"{world.now + timedelta(days=2):%Y-%m-%dT%H:00Z}"}
        in_status = world.lead_of(lead_id).status if link == "now" and lead_id in world.rows else link
        late = [waiting for waiting in world.box if waiting.out_of_order]
        if action == "judge" and late and not wrong:
            arguments = {"message_id": late[number % len(late)].event.data.message_id}
        world.happens(
            OperatorActed(
                action_id=uuid5(IDS, f"action {world.number('events')}"), lead_id=lead_id, action=action,
                arguments=arguments, by=by, at=world.now, in_status=in_status,
            )
        )  # fmt: skip

    return Happening("acts", happen, action, whose, wrong, number, by, link)


ACTS = st.builds(
    _acts,
    st.sampled_from([*ACTIONS, "dance"]),
    st.sampled_from([0, 0, 0, 0, 1, 2]),
    st.sampled_from([False] * 7 + [True]),
    st.integers(0, 2),
    st.sampled_from(["mia", "mia", f"{BY}{ARTIST}"]),
    st.sampled_from([None, None, "now", "PENDING_APPROVAL"]),
)


def _time(seconds: float) -> Happening:
    return Happening("time passes", lambda world: world.passes(seconds=seconds), seconds)


def _next_timer(number: int) -> Happening:
    """It is just time for one of the timers that stand; earlier ones are late."""

    def happen(world: Conversing) -> None:
        if world.state.timers:
            names = sorted(world.state.timers)
            name = names[number % len(names)]
            world.now = max(world.now, world.state.timers[name])
            world.fire(name)

    return Happening("the timer fires", happen, number)


HOUR = 3_600.0
TIME = st.one_of(
    st.builds(
        _time, st.sampled_from([1.0, 61.0, HOUR * 7, HOUR * 13, HOUR * 30, HOUR * 60, HOUR * 24 * 4, HOUR * 24 * 30])
    ),
    st.builds(_next_timer, st.integers(0, 3)),
)


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
                    taken = {**agenda.taken, uuid5(IDS, f"{one}"): (one.starts_at, one.busy_until)}
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


SHELL = st.builds(_shell, st.integers(0, 10))

# What a studio may change while its enquiries run.
_STUDIO: list[dict[str, Any]] = [
    {"quiet_hours": QuietHours(begin="11:00", end="19:00")},
    {"questions": [key for key in QUESTIONS if key not in ("style", "dimensions")]},
    {"questions": ["idea", "timing"]},
    {"questions": list(reversed(QUESTIONS))},
    {"consent": [Consent(key="age"), Consent(key="data_use", required="no")]},
    {"tour": a_tour(a_stop("Leeds", "GB", "2026-03-02", "2026-03-06"), countries=["IE"])},
    {"tour": a_tour(countries=["IE"])},
    {"slots": "after_deposit"},
    {"slots": "before_deposit"},
    {"slots": "none"},
    {"templates": {}},
    {"artist": []},
    {"messages": replace(STUDIO.file.messages, collect_s=3)},
    {"messages": replace(STUDIO.file.messages, flood_max=1)},
    {name: getattr(STUDIO.file, name) for name in ("questions", "consent", "tour", "slots", "templates", "messages")},
]


def _studio(what: int) -> Happening:
    """The running service reads another studio file, and leads on the waitlist are told to look."""

    def happen(world: Conversing) -> None:
        world.studio = replace(world.studio, file=replace(world.studio.file, **_STUDIO[what]))
        world.fire("tour", world.now)

    return Happening("the studio file changes", happen, what)


def _asks(gone: list[str], turned: bool) -> Happening:
    """The studio asks other questions from now on."""

    def happen(world: Conversing) -> None:
        asked = [key for key in QUESTIONS if key not in gone]
        file = replace(world.studio.file, questions=asked[::-1] if turned else asked)
        world.studio = replace(world.studio, file=file)

    return Happening("the questions change", happen, gone, turned)


STUDIO_FILES = st.one_of(
    st.builds(_studio, st.integers(0, len(_STUDIO) - 1)),
    st.builds(_asks, st.lists(st.sampled_from(sorted(QUESTIONS)), max_size=12, unique=True), st.booleans()),
)
CLOSES = st.just(
    Happening(
        "closes",
        lambda world: world.happens(
            IdentityLinked(phone_number_id=NUMBER, sequence=world.number("inbound"), at=world.now, closed_into=FOREIGN)
        ),
    )
)


# --- the artist's own line ---------------------------------------------------------------------------------------------

NOTICED = [uuid5(IDS, "a lead"), uuid5(IDS, "another lead")]
_CODES = [code_of(lead_id) for lead_id in NOTICED]
_COMMANDS = st.one_of(
    st.sampled_from(
        ["approve", "Approve!", "reject too busy", "ask", "deposit 200", "deposit ²", "deposit", "yes", "STOP"]
    ),
    st.builds(
        "{} {} {}".format, st.sampled_from([*STUDIO.file.artist_words]), st.sampled_from(_CODES), st.text(max_size=9)
    ),
    st.builds("{} #{}".format, st.sampled_from(["approve", "cancel", "book"]), st.text(max_size=5)),
    st.text(max_size=20),
    st.none(),
)


def _commands(text: str | None, kind: str, quotes: bool) -> Happening:
    def happen(world: Conversing) -> None:
        world.happens(
            written(
                text, sequence=world.number("inbound"), sent_at=world.now, kind=kind, audience="artist", from_=ARTIST,
                reply_to="w" if quotes else None,
            )
        )  # fmt: skip

    return Happening("she commands", happen, text, kind, quotes)


def _noticed(which: int, notice: str) -> Happening:
    def happen(world: Conversing) -> None:
        data = NoticeRequested(
            lead_id=NOTICED[which],
            notice=notice,
            to=ARTIST,
            text="{?}",
            phone_number_id=NUMBER,
            conversation_id=FOREIGN,
        )
        world.happens(data)

    return Happening("she is told", happen, which, notice)


ARTIST_LINE = st.one_of(
    st.builds(_commands, _COMMANDS, st.sampled_from(["text", "text", "reaction", "image", "echo"]), st.booleans()),
    st.builds(_noticed, st.integers(0, 1), st.sampled_from(["completed", "paid", *ANSWERS])),
    TIME,
    SHELL,
)
