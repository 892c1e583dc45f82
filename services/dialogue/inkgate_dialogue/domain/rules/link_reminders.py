"""DOMAIN §3 row 27 and §5: reminders of an open deposit link, 6 h and 20 h after it was asked for. When it expires is
Stripe's to say."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from inkgate_dialogue.domain.amounts import amount
from inkgate_dialogue.domain.lead import Conversation, Lead
from inkgate_dialogue.domain.rules.reminding import remind
from inkgate_dialogue.domain.rules.waits import Step, Wait
from inkgate_dialogue.domain.studio import Timers
from inkgate_dialogue.domain.turn import Turn

# Nobody is sent to a page that closes while she looks for her card.
LEFT_MIN = timedelta(minutes=15)


def _since(_: Conversation, lead: Lead) -> datetime | None:
    deposit = lead.deposit
    if lead.status != "AWAITING_DEPOSIT" or deposit is None or deposit.state not in ("link_created", "payment_failed"):
        return None
    return deposit.locked_at


def _remind(copy: str, turn: Turn, lead: Lead) -> None:
    deposit = lead.deposit
    if deposit is None or deposit.url is None:
        return
    until = deposit.expires_at - LEFT_MIN if deposit.expires_at is not None else None
    if until is not None and until <= turn.now:
        return
    words = {"amount": amount(deposit.amount_pence, deposit.currency), "url": deposit.url}
    remind(turn, lead, copy, until=until, words=words)


def _first(turn: Turn, lead: Lead) -> None:
    _remind("deposit_reminder_1", turn, lead)


def _later(turn: Turn, lead: Lead) -> None:
    _remind("deposit_reminder_2", turn, lead)


def _steps(timers: Timers, lead: Lead) -> Sequence[Step]:
    return [
        Step(name="reminded", after_s=after_s, does=_later if number else _first, wakes="client")
        for number, after_s in enumerate(timers.deposit_reminders_s)
    ]


WAIT = Wait(since=_since, steps=_steps, reminds=True, by_the_clock=True)
