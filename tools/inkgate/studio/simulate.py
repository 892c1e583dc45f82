"""`inkgate studio simulate`: chat with the pure core in a terminal. What you type is what the client writes; what begins
with a stroke is what happens around her. Works with piped input, one line a message."""

import re
import sys
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TextIO

from inkgate.studio.play import Delivered, Happened, Heard, Play, Said, Told
from inkgate_dialogue.domain.run import Mode
from inkgate_dialogue.domain.studio import Studio

HELP = """\
type           what the client writes
/fail          the next message of ours does not arrive
/photo [TEXT]  she sends a picture (with a caption); /voice, /sticker, /location likewise
/tap ID        she taps the button or row with this id
/approve       the artist approves; also /reject [REASON], /ask TEXT, /resume, /book SLOT, /cancel [REASON],
               /refund, /complete, /no_show, /resend, /force, /deposit PENCE, /offer_slots
/pay           she pays by her link; also /decline, /expire, /dispute
/wait 13h      time passes (s, m, h or d); timers fire
/panic on      panic mode (off ends it)
/status        where she stands
/quit          the end"""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_KINDS = {"photo": "image", "voice": "audio", "sticker": "sticker", "location": "location"}
_MONEY = {"pay": "pay", "decline": "payment_fails", "expire": "expire", "dispute": "dispute"}
# Command → the action, and the argument that the rest of the line is.
_ACTIONS: dict[str, tuple[str, str | None]] = {
    "approve": ("approve", None),
    "reject": ("reject", "reason"),
    "ask": ("ask", "text"),
    "resume": ("resume", None),
    "book": ("book", "slot"),
    "cancel": ("cancel", "reason"),
    "refund": ("refund", None),
    "complete": ("complete", None),
    "no_show": ("no_show", None),
    "resend": ("resend", None),
    "force": ("force", None),
    "deposit": ("change_deposit", "amount_pence"),
    "offer_slots": ("offer_slots", None),
    "erase": ("erase", None),
}


class Simulation:
    """Reads lines, writes what happens. `colour` puts ANSI colours around it."""

    def __init__(self, studio: Studio, now: datetime, out: TextIO, *, colour: bool = False) -> None:
        self.out, self._colour = out, colour
        self.play = Play(studio, now, self._hears)

    def run(self, lines: Iterable[str], prompt: Callable[[], None] = lambda: None) -> None:
        """Until `/quit` or the end of the lines."""
        self._line("2", f"{self.play.studio.file.name}: type what the client writes; /help lists what else may happen.")
        prompt()
        for line in lines:
            text = line.rstrip("\r\n")
            if text.strip() in ("/quit", "/exit"):
                return
            if text.strip():
                self.take(text)
            prompt()

    def take(self, text: str) -> None:
        """One line: a message, or a command."""
        if not text.startswith("/"):
            self.play.says(text)
            self._where()
            return
        command, _, rest = text[1:].strip().partition(" ")
        rest = rest.strip()
        if command == "help":
            self._line("2", HELP)
        elif command == "fail":
            self.play.fails_next = True
            self._line("2", "the next message will fail")
        elif command == "wait":
            self._wait(rest)
        elif command == "panic":
            self.play.mode = Mode(panic=rest != "off")
            self._line("2", f"panic mode {'on' if self.play.mode.panic else 'off'}")
            if not self.play.mode.panic:
                self.play.looks()
        elif command in _KINDS:
            self.play.says(rest or None, _KINDS[command])
        elif command == "tap":
            self.play.says(rest, "button", choice=rest)
        elif command in _MONEY:
            self.play.money(_MONEY[command])
        elif command in _ACTIONS:
            self._act(*_ACTIONS[command], rest)
        elif command != "status":
            self._line("31", f"unknown: /{command}; /help lists the commands")
            return
        if command not in ("help", "fail"):
            self._where()

    def _act(self, action: str, argument: str | None, rest: str) -> None:
        if not rest or argument is None:
            self.play.acts(action)
        elif argument == "amount_pence":
            if rest.isdigit():
                self.play.acts(action, amount_pence=int(rest))
            else:
                self._line("31", "pence, please: /deposit 15000")
        else:
            self.play.acts(action, **{argument: rest})

    def _wait(self, rest: str) -> None:
        match = re.fullmatch(r"(\d{1,5})\s*([smhd])", rest)
        if match is None:
            self._line("31", "how long? For example /wait 13h")
            return
        self.play.waits(timedelta(**{_UNITS[match[2]]: int(match[1])}))

    # --- what is written ---

    def _hears(self, heard: Heard) -> None:
        match heard:
            case Said():
                lines = heard.text.splitlines() or [""]
                self._line("36", f"bot ▸ {lines[0]}")
                for more in lines[1:]:
                    self._line("36", f"      {more}" if more else "")
                if heard.choices:
                    self._line("36", "      " + " ".join(f"[{title}]" for title in heard.choices))
                if heard.gates not in ("", "none"):
                    self._line("33", f"      ◌ waits for it: {heard.gates}")
            case Delivered(how="failed"):
                self._line("31", "      ✗ not delivered: nothing changed; it can be sent again")
            case Delivered():
                opened = f": {', '.join(heard.moved)}" if heard.moved else ""
                self._line("32", f"      ✓ delivered{opened}")
            case Told():
                first, *rest = heard.text.splitlines()
                self._line("35", f"artist ◂ {first}")
                for line in rest:
                    self._line("35", f"         {line}")
            case Happened():
                self._line("2", f"      · {heard.what}")

    def _where(self) -> None:
        play, lead = self.play, self.play.lead
        if lead is None:
            return
        parts = [f"{play.now:%a %H:%M}", lead.status]
        if lead.status == "QUALIFYING" and lead.question is not None:
            place = play.studio.step(lead.question, lead.answers)
            parts.append(f"question {place + 1} of {len(play.studio.questions)} ({lead.question})")
        if lead.handover is not None:
            parts.append(f"with the artist: {lead.handover.reason}")
        if play.state.opted_out:
            parts.append("opted out")
        if play.box:
            parts.append(f"{len(play.box)} waiting")
        if lead.flags:
            parts.append("flags: " + ", ".join(lead.flags))
        self._line("2", "── " + " · ".join(parts))

    def _line(self, code: str, text: str) -> None:
        self.out.write(f"\x1b[{code}m{text}\x1b[0m\n" if self._colour and text else f"{text}\n")
        self.out.flush()


def chat(studio: Studio, now: datetime) -> None:
    """With the terminal, or with what is piped in."""
    by_hand = sys.stdin.isatty()
    simulation = Simulation(studio, now, sys.stdout, colour=sys.stdout.isatty())

    def prompt() -> None:
        if by_hand:
            sys.stdout.write("you ▸ ")
            sys.stdout.flush()

    simulation.run(sys.stdin, prompt)
