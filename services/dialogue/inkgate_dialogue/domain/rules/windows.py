"""DOMAIN §3 rows 18 and 19: no slot suits, or none is free: two or three times that would suit her, then the artist.

A message may tell several times at once. 'Whenever' is enough by itself. Words without any time in them get the status
reply. With enough of them the artist is told; for a paid lead the status stays and `handover` opens, else it follows.
"""

import re
from collections.abc import Callable
from uuid import UUID

from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.lead import Change, Lead
from inkgate_dialogue.domain.questions.reading import squeezed
from inkgate_dialogue.domain.rules import resend
from inkgate_dialogue.domain.turn import Turn

ENOUGH = 2
WINDOW_MAX = 300

_APART = re.compile(r"[\n;,/]|\b(?:or|and|also|o|y|e|tambi[eé]n)\b", re.IGNORECASE)
_TIME = re.compile(
    r"\d|\b(?:mon|tue|wed|thu|fri|sat|sun|lun|mar|mi[eé]|jue|vie|s[aá]b|dom|jan|feb|apr|may|jun|jul|aug|sep|oct|nov|dec|ene"
    r"|abr|ago|dic|weekend|fin(?:es)? de semana|finde|week|semana|month|mes|morning|afternoon|evening|noon|midday|night"
    r"|lunch|tarde|ma[nñ]ana|noche|mediod|tomorrow|today|hoy|after|before|from|until|despu|antes|next|pr[oó]xim|late|early|tempran"
    r"|daytime|half term|christmas|easter|navidad)",
    re.IGNORECASE,
)
_WHENEVER = re.compile(
    r"\b(?:any ?(?:time|day)|whenever|flexible|i don'?t mind|cualquier (?:d[ií]a|hora|momento)|cuando sea|me da igual)\b",
    re.IGNORECASE,
)


def ask(turn: Turn, lead: Lead) -> UUID:
    """Row 18. The artist hears of it where there was nothing to offer because her calendar could not be read."""
    notice = "calendar_unread" if turn.agenda.unread else None
    change = Change(status="COLLECTING_TIME_WINDOWS", reason="no_slots", notice=notice)
    return turn.say("windows_ask", lead=lead, change=change)


def collect(
    turn: Turn, lead: Lead, message: MessageReceived, *, chosen: Callable[[], str | None] = lambda: None
) -> str | None:
    """Row 19. `chosen` takes what chooses an offered slot after all. None: the message is not for this rule."""
    taken = chosen()
    if taken is not None:
        return taken
    told = times(message.text)
    if not told:
        return None
    for text in told:
        turn.record(e.WindowGiven(lead_id=lead.id, text=text))
    lead = turn.lead(lead.id)
    if len(lead.windows) < ENOUGH and not _WHENEVER.search(message.text or ""):
        if not resend.again(turn, lead):
            turn.say("windows_more", lead=lead)
        return "time_window"
    change = Change(
        status=None if lead.paid else "NEEDS_ARTIST_REPLY",
        reason="time_windows",
        marks=("handover",),
        notice="windows",
        said="; ".join(lead.windows)[:1_000],
    )
    turn.say("windows_thanks", lead=lead, change=change)
    return "time_window"


def times(text: str | None) -> list[str]:
    """The times that a message tells, each in her words."""
    plain = (text or "").strip()[:4_096]
    if _WHENEVER.search(plain):
        return [squeezed(plain)[:WINDOW_MAX]]
    parts = [squeezed(part)[:WINDOW_MAX] for part in _APART.split(plain)]
    return [part for part in parts if part and _TIME.search(part)]
