"""DOMAIN §4, the artist's own numbers: what she writes is a command. `approve`, `reject too busy`, `ask 3F2A Which fern?`: a
word of the studio file's [artist_words] first, then the code of the lead where it is not the one whose notice she quotes,
then what she says.

Without a quote or a code it is the only lead that she was told of within a day; where there are several she is asked which.
The command goes to the lead's own conversation like any action of an operator; what became of it comes back as a notice.
"""

from datetime import timedelta
from typing import Any

import msgspec

from inkgate_common import ids
from inkgate_common.contracts.commands import OperatorActed
from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain.amounts import pence
from inkgate_dialogue.domain.lead import Lead, Noticed
from inkgate_dialogue.domain.packet import code_of
from inkgate_dialogue.domain.questions.reading import bare, squeezed
from inkgate_dialogue.domain.turn import Turn

BY = "artist:"  # who acted, in `by`: this and her number
ANSWERS = ("line_done", "line_refused")
RECENT = timedelta(days=1)
REST_MAX = 1_500
CODES_MAX = 8


class Command(msgspec.Struct, frozen=True):
    """A word of hers: which action, and what follows it."""

    action: str
    rest: str


# Action → the argument that her words are, whether it must be there, and an example.
_SAYS: dict[str, tuple[str, bool, str]] = {
    "reject": ("reason", False, "reject We are booked out until May."),
    "ask": ("text", True, "ask Which kind of fern?"),
    "book": ("slot", False, "book Sat 10 Jan, 11:00"),
    "cancel": ("reason", False, "cancel The studio is closed that day."),
    "change_deposit": ("amount_pence", True, "deposit 200"),
}


def heard(turn: Turn, message: MessageReceived) -> str | None:
    """Take a command on its way. What she is told at once, or None where the lead's own answer will come."""
    said = squeezed(message.text or "")
    command = _command(turn, said)
    if command is None:
        words = ", ".join(sorted(names[0] for names in turn.studio.file.artist_words.values() if names))
        return _says(turn, "help", commands=words)
    found, rest = _which(turn, message, command.rest)
    if isinstance(found, str):
        return found
    arguments = _arguments(command.action, rest, turn.studio.file.currency)
    if arguments is None:
        return _says(turn, "needs", action=command.action, example=_SAYS[command.action][2])
    acted = OperatorActed(
        action_id=ids.derive(turn.event.id, "artist's command"),
        lead_id=found.lead_id,
        action=command.action,
        arguments=arguments,
        by=f"{BY}{turn.state.phone or ''}",
        at=turn.now,
    )
    turn.emit(acted, "artist's command", str(found.conversation_id))
    return None


def _command(turn: Turn, said: str) -> Command | None:
    """The longest of her words that the message begins with."""
    lowered = bare(said)
    best: tuple[int, Command] | None = None
    for action, names in turn.studio.file.artist_words.items():
        for name in names:
            words = len(name.split())
            if (lowered == name or lowered.startswith(f"{name} ")) and (best is None or words > best[0]):
                best = (words, Command(action, said.split(" ", words)[words] if len(said.split()) > words else ""))
    return best[1] if best else None


def _which(turn: Turn, message: MessageReceived, rest: str) -> tuple[Noticed | str, str]:
    """The lead that she means and the words left, or what to tell her."""
    notices = turn.state.notices
    quoted = next((one for one in notices if message.reply_to is not None and one.wamid == message.reply_to), None)
    first, _, others = rest.partition(" ")
    code = first.lstrip("#").rstrip(":").upper()
    coded = next((one for one in reversed(notices) if code_of(one.lead_id) == code), None)
    if coded is not None:
        return coded, others
    if quoted is not None:
        return quoted, rest
    recent = {one.lead_id: one for one in notices if turn.now - one.at <= RECENT}
    if first.startswith("#"):
        return _says(turn, "unknown_code", code=first[:40], codes=_codes(list(recent.values()))), rest
    if len(recent) == 1:
        return next(iter(recent.values())), rest
    return _says(turn, "which", codes=_codes(list(recent.values()))), rest


def _codes(notices: list[Noticed]) -> str:
    return ", ".join(f"#{code_of(one.lead_id)}" for one in notices[-CODES_MAX:]) or "–"


def _arguments(action: str, rest: str, currency: str) -> dict[str, Any] | None:
    """The action's arguments from her words, or None where they are missing."""
    if action not in _SAYS:
        return {}
    name, required, _ = _SAYS[action]
    if name == "amount_pence":
        sum_pence = pence(rest, currency)
        return None if sum_pence is None else {name: sum_pence}
    if not rest:
        return None if required else {}
    return {name: rest[:REST_MAX]}


def _says(turn: Turn, key: str, **words: str) -> str:
    return turn.studio.copy.line[key].format(studio=turn.studio.copy.studio, **words)


def told(turn: Turn, lead: Lead | None, data: OperatorActed, reason: str | None = None, allowed: Any = ()) -> None:
    """What became of a command from an artist's line goes back to that line."""
    if not data.by.startswith(BY):
        return
    number = data.by.removeprefix(BY)
    words = {"action": data.action, "code": code_of(data.lead_id)}
    if reason is None:
        said = _says(turn, "done", **words)
    else:
        said = _says(turn, "refused", **words, reason=reason, allowed=", ".join(allowed) or "–")
    turn.answer_artist(number, data.lead_id, ANSWERS[reason is not None], said)
