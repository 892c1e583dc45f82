"""One call of `take`: what it was given, and what has come of it so far."""

from datetime import datetime

import msgspec

from inkgate_common.cloudevents import Event
from inkgate_dialogue.domain import pauses
from inkgate_dialogue.domain.agenda import Agenda
from inkgate_dialogue.domain.lead import Conversation
from inkgate_dialogue.domain.mailbox import Waiting
from inkgate_dialogue.domain.pauses import Pause
from inkgate_dialogue.domain.rules import holds, timers, waits
from inkgate_dialogue.domain.studio import Studio
from inkgate_dialogue.domain.turn import Turn


class Mode(msgspec.Struct, frozen=True):
    """Panic: automation pauses, messages wait. Pilot: only numbers on the studio's list are answered. `pauses`: when nothing
    could be said, of late and now."""

    panic: bool = False
    pilot: bool = False
    pauses: tuple[Pause, ...] = ()


class Run:
    """Turns come one after the other, each from the state in which the last one ended. Lists are replaced, never changed."""

    def __init__(
        self,
        conversation: Conversation,
        box: list[Waiting],
        studio: Studio,
        mode: Mode,
        now: datetime,
        agenda: Agenda | None,
    ) -> None:
        self.agenda = agenda
        self.state = conversation
        self.box = box
        self.studio = studio
        self.mode = mode
        self.now = now
        self.turns: list[Turn] = []

    def turn(self, event: Event) -> Turn:
        concerned = pauses.of_number(self.mode.pauses, self.state.phone_number_id) if self.mode.pauses else ()
        return Turn(self.state, event, self.studio, self.now, pauses=concerned, agenda=self.agenda)

    def finish(self, turn: Turn) -> None:
        holds.settle(turn)
        waits.settle(timers.WAITS, turn)
        self.state = turn.state
        if self.agenda is not None:
            self.agenda = self.agenda.after(turn.state.leads.values())
        self.turns.append(turn)
        if turn.dropped:
            self.box = [waiting for waiting in self.box if waiting.event.id not in turn.dropped]
        if turn.follow_ups:
            self.box = [*self.box, *map(Waiting, turn.follow_ups)]

    def in_order(self) -> list[Waiting]:
        """What waits for its turn. What is out of order waits for the operator."""
        return [waiting for waiting in self.box if not waiting.out_of_order]

    def not_in_pilot(self, turn: Turn) -> bool:
        return self.mode.pilot and (turn.state.phone or "") not in self.studio.file.allow
