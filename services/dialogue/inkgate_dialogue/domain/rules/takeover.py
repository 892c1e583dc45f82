"""DOMAIN §4, echoes: the artist writes to a client from her own phone (`smb_message_echoes`). The bot is quiet.

That she wrote is a fact, and nothing of ours could gate it: `handover` opens at once, on every lead, and status and step
stay (decision 8). What the bot had under way of itself and not handed over is called off: she is speaking. What she asked
for by hand (a link, a booking) and what speaks of money goes on. While she writes, a client's message is kept and gets no
holding message. `takeover_s` after her last line she is reminded once, and from then on row 24 holds as in any handover.
CONTINUE or her `resume` brings the bot back. Somebody to whom she wrote first, and who answers, is not welcomed by the bot.
"""

from datetime import timedelta
from uuid import UUID

from inkgate_common.contracts.commands import TimerFired
from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.lead import TAKEN_OVER, Lead
from inkgate_dialogue.domain.turn import NOTHING_DUE, Turn

TIMER = "takeover"


def echo(turn: Turn, message: MessageReceived) -> None:
    """She wrote. An old line (of a backlog) is only shown."""
    state = turn.state
    at = min(message.sent_at, turn.now)
    if turn.now - at >= _ceiling(turn) or (state.artist_at is not None and at < state.artist_at):
        return
    turn.record(e.ArtistWrote(lead_id=state.lead_id, at=at))
    for intent_id, under in list(state.under_way.items()):
        if under.answer and not under.recalled:
            turn.cancel(UUID(intent_id), TAKEN_OVER)
    lead = state.lead
    if lead is not None and not lead.terminal and not state.opted_out:
        _opens(turn, lead)


def _opens(turn: Turn, lead: Lead) -> None:
    if lead.handover is None:
        turn.record(e.HandoverOpened(lead_id=lead.id, reason=TAKEN_OVER, since=turn.now))
    if lead.silent_since is not None:
        turn.record(e.Silence(lead_id=lead.id, since=None))
    turn.timer(TIMER, (turn.state.artist_at or turn.now) + _ceiling(turn))


def quiet(turn: Turn) -> bool:
    """Whether she is writing with this client herself."""
    at = turn.state.artist_at
    return at is not None and turn.now - at < _ceiling(turn)


def answered_to_her(turn: Turn, lead: Lead) -> str:
    """A new enquiry of somebody to whom she wrote first: it is hers from the beginning. Returns the verdict."""
    _opens(turn, lead)
    return "with_the_artist"


def due(turn: Turn, fired: TimerFired) -> str:
    """Whether she is to be reminded that the bot is still quiet."""
    lead, at = turn.state.lead, turn.state.artist_at
    if lead is None or lead.handover is None or at is None or lead.handover.reminded:
        return NOTHING_DUE
    return "not_yet" if turn.now < at + _ceiling(turn) else "artist_reminded"


def act(turn: Turn, fired: TimerFired, what: str) -> None:
    """Remind her once, or look again a ceiling after her last line."""
    lead, at = turn.state.lead, turn.state.artist_at
    if lead is None or at is None or what == NOTHING_DUE:
        return
    if what == "not_yet":
        turn.timer(TIMER, at + _ceiling(turn))
        return
    turn.record(e.Marked(lead_id=lead.id, mark="takeover_reminded", at=turn.now))
    turn.notify(turn.lead(lead.id), "takeover")


def _ceiling(turn: Turn) -> timedelta:
    return timedelta(seconds=turn.studio.file.messages.takeover_s)
