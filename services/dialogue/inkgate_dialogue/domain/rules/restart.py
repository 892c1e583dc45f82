"""DOMAIN §3 row 22 and §4: she comes back. Welcome and question 0 again; older answers become history with its delivery."""

from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.lead import Change, Lead, Word
from inkgate_dialogue.domain.rules import deposit, opt_out, waiting, welcome
from inkgate_dialogue.domain.turn import Turn


def heard(turn: Turn, message: MessageReceived) -> bool:
    """Remember a START (RESUME, CONTINUE, YES), also one that changes nothing: an older STOP that comes later does not
    count. False where it is itself older than a STOP."""
    if not opt_out.newest(turn, message, "start"):
        return False
    turn.record(e.WordHeard(word=Word(word="start", written_at=message.sent_at)))
    return True


def start(turn: Turn, lead: Lead) -> str:
    """A START of somebody who opted out. Where only `opted_out` was set it is cleared, and the status reply goes; after a
    terminal status it opens a new enquiry, like any message."""
    turn.record(e.OptedIn(lead_id=lead.id))
    lead = turn.lead(lead.id)
    if lead.status == "OPTOUT":
        restart(turn, lead, "start")
    elif lead.terminal:
        welcome.welcome(turn, welcome.new_lead(turn, turn.now))
    else:
        waiting.status_reply(turn, lead, always=True)
    return "start"


def restart(turn: Turn, lead: Lead, reason: str) -> None:
    """→ QUALIFYING, step 0, when the welcome is delivered; an open deposit link is expired at once."""
    deposit.cancel_open_link(turn, lead, "restart")
    first = turn.studio.questions[0]
    change = Change(status="QUALIFYING", question=first, reason=reason, marks=("restart",))
    turn.say("restart", lead=turn.lead(lead.id), change=change, question=first)


def come_back(turn: Turn, lead: Lead) -> str:
    """Any message of an ABANDONED or STALE lead (or of one in OPTOUT whose START was judged, and whose welcome did not go
    out). STALE that came from PENDING_APPROVAL goes back there with its answers."""
    if lead.status == "STALE" and lead.stopped_from == "PENDING_APPROVAL":
        said = waiting.said(turn, lead, "PENDING_APPROVAL") or ""
        turn.say("ask", lead=lead, change=Change(status="PENDING_APPROVAL", reason="came_back"), words={"text": said})
        return "came_back"
    restart(turn, lead, "came_back")
    return "restart"
