"""Whole conversations as chats: `transcripts/*.txt` are read, played through the pure core, and written anew.

    python -m tests.dialogue.chats      (make transcripts) writes every chat as it goes now
    test_transcripts.py                 fails where a chat goes otherwise than it is written

A chat's head says who writes, in which language, and to which studio. After it, lines that begin with the client's name are
what she writes, and lines that begin with `*` are what else happens (`WAYS` lists them); a word in brackets is no text but a
picture, a voice note or a tapped button. Everything else is written by this module: what Inkgate says, what waits for its
delivery and what becomes of it, what is noted of an answer, the first line of what the artist is told, and how the lead
stands when that has changed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from inkgate_common.contracts.commands import NoticeRequested
from inkgate_common.contracts.inbound import Media
from inkgate_common.contracts.intents import Buttons, IntentCreated, ListMenu, Template
from inkgate_common.contracts.payment_commands import DepositRequested
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.studio import Studio
from tests.builders.conversations import Conversing
from tests.builders.leads import STUDIO, a_studio
from tests.builders.tours import BERLIN, LYON, a_stop, on_tour
from tests.dialogue import steps
from tests.dialogue.steps import Step

FOLDER = Path(__file__).parent / "transcripts"
STUDIOS: dict[str, Callable[[], Studio]] = {
    "the one that comes with Inkgate": lambda: a_studio(slots="after_deposit"),
    "one that settles dates by hand": lambda: STUDIO,
    "on tour in Berlin and Lyon": lambda: on_tour(BERLIN, LYON),
}
HAMBURG = a_stop("Hamburg", "DE", "2026-04-06", "2026-04-09")
ARTIST = "Mia"
BOT = "Inkgate"
MEDIA = {
    "picture": {"kind": "image", "media": Media(id="media-1", mime_type="image/jpeg")},
    "voice note": {"kind": "audio", "media": Media(id="media-2", mime_type="audio/ogg", voice=True)},
    "sticker": {"kind": "sticker", "media": Media(id="media-3", mime_type="image/webp")},
}
_QUIET = 12  # messages that one thing may set off, one after the other

# What happens, as written → the step that does it.
WAYS: list[tuple[str, Callable[[re.Match[str]], Step]]] = [
    (r"(\d+) (minutes|hours|days) pass", lambda said: steps.time_passes(**{said[2]: int(said[1])})),
    (f"{ARTIST} approves", lambda _: steps.operator("approve")),
    (f"{ARTIST} rejects: (.+)", lambda said: steps.operator("reject", reason=said[1])),
    (f"{ARTIST} writes: (.+)", lambda said: steps.operator("ask", text=said[1])),
    (f"{ARTIST} hands back to the bot", lambda _: steps.operator("resume")),
    (f"{ARTIST} books: (.+)", lambda said: steps.operator("book", slot=said[1])),
    (f"{ARTIST} books the time she chose", lambda _: steps.operator("book")),
    (f"{ARTIST} cancels", lambda _: steps.operator("cancel")),
    (f"{ARTIST} closes it as done", lambda _: steps.operator("complete")),
    (f"{ARTIST} sends it again", lambda _: steps.operator("resend")),
    (f"{ARTIST} sets the deposit to £(\\d+)", lambda said: steps.operator("deposit", amount_pence=int(said[1]) * 100)),
    (r"a stop in Hamburg is announced", lambda _: steps.the_studio_file_changes(on_tour(BERLIN, HAMBURG, LYON))),
    (r"she pays £(\d+)", lambda said: steps.she_pays(int(said[1]) * 100)),
    (r"the payment fails", lambda _: steps.payment_fails()),
    (r"the link expires", lambda _: steps.link_expires()),
    (r"£(\d+) are refunded", lambda said: steps.is_refunded(int(said[1]) * 100)),
]
# What becomes of the message before it; every other one is delivered at once.
FAILS = re.compile(r"it does not go out \((\d+)\)")
LATE = "it is still on its way"


class Chat:
    """One file: its head as it is written, and the lines that are played."""

    def __init__(self, written: str) -> None:
        self.head, _, body = written.partition("\n\n")
        told = dict(line.split(": ", 1) for line in self.head.splitlines() if ": " in line)
        self.client, self.language, self.studio = told["client"], told["language"], STUDIOS[told["studio"]]()
        self.lines = list(_lines(self.client, body))

    def played(self) -> str:
        """The whole file, as it goes now."""
        return f"{self.head}\n\n" + "\n".join(_Play(self).lines()).rstrip() + "\n"


def _lines(client: str, body: str) -> Iterator[tuple[str, str]]:
    """('says', text) and ('happens', words), in their order. A client's text goes on in lines indented under it."""
    said: list[str] | None = None
    indent = " " * (len(client) + 2)
    for line in [*body.splitlines(), ""]:
        if said is not None and line.startswith(indent):
            said.append(line.removeprefix(indent))
            continue
        if said is not None:
            yield "says", "\n".join(said)
            said = None
        if line.startswith(f"{client}: "):
            said = [line.removeprefix(f"{client}: ")]
        elif line.startswith("* "):
            yield "happens", line.removeprefix("* ")


class _Play:
    """Plays a chat's lines and tells what came of each."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.world = Conversing(chat.studio)
        self.told = 0
        self.emitted = 0
        self.stood = ""
        self.changes: dict[object, str | None] = {}

    def lines(self) -> Iterator[str]:
        yield self._clock()
        todo = list(self.chat.lines)
        while todo:
            kind, words = todo.pop(0)
            yield ""
            yield from _spoken(self.chat.client, words) if kind == "says" else [f"* {words}"]
            said = len(self.world.emitted)
            yield from self._does(self._step(kind, words))
            if kind == "says" and len(self.world.emitted) == said:
                yield "  (nothing is said)"
            if kind == "happens" and words.endswith(" pass"):
                yield self._clock()
            yield from self._settles(todo)
            yield from self._stands()

    def _step(self, kind: str, words: str) -> Step:
        if kind == "says":
            return steps.she_says(profile_name=self.chat.client, **_written(words, self.world))
        for pattern, make in WAYS:
            if found := re.fullmatch(pattern, words):
                return make(found)
        known = "; ".join(pattern for pattern, _ in WAYS)
        raise ValueError(
            f"nothing is known that happens like this: * {words} (known: {known}; {FAILS.pattern}; {LATE})"
        )

    def _settles(self, todo: list[tuple[str, str]]) -> Iterator[str]:
        """Links are made and messages go out, until nothing is under way; the next line may say that one does not."""
        for _ in range(_QUIET):
            deposit = self._deposit_asked()
            if deposit:
                yield from self._does(steps.link_is_created())
            elif self.world.under_way():
                coming = todo[0][1] if todo and todo[0][0] == "happens" else ""
                if coming == LATE:
                    todo.pop(0)
                    yield f"* {LATE}"
                    return
                failed = FAILS.fullmatch(coming)
                if failed:
                    todo.pop(0)
                    yield f"* {coming}"
                yield from self._does(steps.fails(code=failed[1]) if failed else steps.delivered())
            else:
                return

    def _deposit_asked(self) -> bool:
        lead = self.world.lead if self.world.state.lead_id else None
        asked = {data.command_id for _, data in self.world.emitted if isinstance(data, DepositRequested)}
        return lead is not None and lead.deposit is not None and lead.deposit.state == "requested" and bool(asked)

    def _does(self, step: Step) -> Iterator[str]:
        step(self.world)
        for turn in self.world.turns[self.told :]:
            for recorded in turn.recorded:
                yield from self._fact(recorded.fact)
            for out in turn.out:
                if isinstance(out.data, IntentCreated):
                    yield from _spoken(BOT, _body(out.data))
                elif isinstance(out.data, NoticeRequested):
                    yield f"  to {ARTIST}: {out.data.text.splitlines()[0]}"
        self.told = len(self.world.turns)

    def _fact(self, fact: e.Fact) -> Iterator[str]:
        match fact:
            case e.MessageCreated():
                self.changes[fact.sending.intent_id] = fact.change
            case e.AnswerRecorded() if fact.value is not None:
                yield f"  noted {fact.key}: {_value(fact.value)}"
            case e.StrikeRecorded():
                yield f"  strike {fact.strikes} for {fact.key}: {fact.reason}"
            case e.GateClosed() if fact.how == "applied":
                yield f"  ✓ {self.changes.get(fact.intent_id) or 'none'}"
            case e.GateClosed():
                yield f"  ✗ {fact.how}: not {self.changes.get(fact.intent_id) or 'none'}"
            case e.MessageFailed():
                yield f"  ✗ did not go out ({fact.code})"
            case e.StatusChanged() if fact.intent_id is None:
                yield f"  = {fact.from_status} → {fact.to_status} ({fact.reason})"
            case e.ActionRefused():
                yield f"  refused: {fact.reason}"

    def _stands(self) -> Iterator[str]:
        """How the lead stands, where that is new."""
        if self.world.state.lead_id is None:
            return
        lead = self.world.lead
        stands = [lead.status]
        stands += [f"question {lead.question}"] if lead.status == "QUALIFYING" and lead.question else []
        stands += [f"handover: {lead.handover.reason}"] if lead.handover else []
        stands += [f"slot: {lead.slot}"] if lead.slot else []
        stands += ["opted out"] if self.world.state.opted_out else []
        stands += [f"enquiry {len(self.world.rows)}"] if len(self.world.rows) > 1 else []
        standing = self.world.state.gate
        stands += [f"waiting for a delivery: {self.changes.get(standing.sending.intent_id)}"] if standing else []
        said = " · ".join(stands)
        if said != self.stood:
            self.stood = said
            yield f"  = {said}"

    def _clock(self) -> str:
        return f"— {self.world.now:%A %-d %B, %H:%M} —"


def _written(words: str, world: Conversing) -> dict[str, Any]:
    """A client's line as a message: a text, a picture or voice note with or without caption, or a tapped button."""
    found = re.fullmatch(r"\[(.+?)\] ?(.*)", words, re.DOTALL)
    if found is None:
        return {"text": words}
    if found[1] in MEDIA:
        return {"text": found[2] or None, **MEDIA[found[1]]}
    shown = [intent.body for intent in world.intents() if isinstance(intent.body, Buttons | ListMenu)]
    choices = [choice for body in shown for choice in (body.buttons if isinstance(body, Buttons) else body.rows)]
    tapped = [choice for choice in choices if f"taps {choice.title}" == found[1]]
    if not tapped:
        raise ValueError(f"nothing can be tapped for [{found[1]}]: {[choice.title for choice in choices]}")
    kind = "button" if isinstance(shown[-1], Buttons) else "list"
    return {"text": tapped[-1].title, "choice": tapped[-1].id, "kind": kind}


def _spoken(name: str, words: str) -> Iterator[str]:
    """A bubble: the name, and the text under itself."""
    first, *more = words.split("\n")
    yield f"{name}: {first}"
    indent = " " * (len(name) + 2)
    yield from (f"{indent}{line}".rstrip() for line in more)


def _body(intent: IntentCreated) -> str:
    body = intent.body
    match body:
        case Buttons():
            return f"{body.text}\n" + " ".join(f"[{button.title}]" for button in body.buttons)
        case ListMenu():
            rows = [" · ".join(filter(None, (row.title, row.description))) for row in body.rows]
            return "\n".join([body.text, f"[{body.button}]", *(f"  [{row}]" for row in rows)])
        case Template():
            return f"(template {body.name}, {body.language}) " + " · ".join(body.parameters)
    return body.text


def _value(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {each}" for key, each in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)


def main(argv: Sequence[str] | None = None) -> int:
    """Write every chat (or the named ones) as it goes now."""
    named = [Path(name) for name in (sys.argv[1:] if argv is None else argv)]
    for path in named or sorted(FOLDER.glob("*.txt")):
        before = path.read_text("utf-8")
        after = Chat(before).played()
        if after != before:
            path.write_text(after, "utf-8")
            print(f"{path.name} is new")
    return 0


if __name__ == "__main__":
    sys.exit(main())
