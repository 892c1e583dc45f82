"""What a trace shows of a decision: which turns there were, which gate ended and how. Kinds and ids, never what was said."""

from inkgate_common import trace
from inkgate_common.cloudevents import Event
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.decide import Outcome
from inkgate_dialogue.domain.turn import Turn


def draw(span: trace.Span, event: Event, outcome: Outcome) -> None:
    """`span` is the decision on `event`. A turn of something that had waited in the mailbox is drawn in the trace that it
    came with, linked to what ended the wait."""
    span.say({"inkgate.event_type": event.type, "inkgate.turns": len(outcome.turns)})
    for turn in outcome.turns:
        facts = [recorded.fact.KIND for recorded in turn.recorded]
        if turn.event.id == event.id:
            here = span.traceparent
            span.say({"inkgate.facts": facts})
        else:
            here = turn.event.traceparent
            said: trace.Attributes = {
                "inkgate.event_type": turn.event.type,
                "inkgate.facts": facts,
                "inkgate.waited": True,
            }
            trace.tracer.mark("decide", here, said, link=span.traceparent)
        _gates(turn, here)


def _gates(turn: Turn, here: str | None) -> None:
    for recorded in turn.recorded:
        fact = recorded.fact
        if isinstance(fact, e.GateClosed):
            said = {"inkgate.intent_id": str(fact.intent_id), "inkgate.gate.basis": fact.basis or ""}
            if fact.reason:
                said["inkgate.gate.reason"] = fact.reason
            trace.tracer.mark(f"gate {fact.how}", here, said)
