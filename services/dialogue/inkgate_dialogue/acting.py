"""Taking an operator's action in: recorded, sent to the owner of the lead's partition, and waited for a moment. The API and
the action links share it."""

from typing import Any

import msgspec
from litestar.datastructures import State

from inkgate_common import cloudevents, ids, trace
from inkgate_common.contracts.commands import OperatorActed
from inkgate_dialogue import repository
from inkgate_dialogue.domain.publish import SOURCE

ANSWER_WITHIN_S = 1.0


async def act_on(
    state: State,
    found: dict[str, Any],
    name: str,
    arguments: dict[str, Any],
    by: str,
    key: str | None,
    in_status: str | None = None,
) -> dict[str, Any]:
    """The action as it stands after at most a second (`queries.action`): waiting, done or refused. `found` is the lead's
    view. One with the same `key` for that lead is not taken in again: what became of the first comes back."""
    action_id, now, lead_id = ids.random_id(), state.clock.now(), found["id"]
    with trace.tracer.begin("action") as span:
        if span.on:
            span.say({"inkgate.action": name, "inkgate.lead_id": str(lead_id)})
        async with state.database.transaction() as uow:
            inserted = await repository.insert_action(
                uow,
                id=action_id,
                lead_id=lead_id,
                action=name,
                arguments=msgspec.json.encode(arguments).decode(),
                by=by,
                idempotency_key=key,
            )
            if inserted is not None:
                data = OperatorActed(
                    action_id=action_id,
                    lead_id=lead_id,
                    action=name,
                    arguments=arguments,
                    by=by,
                    at=now,
                    in_status=in_status,
                )
                uow.emit(
                    cloudevents.new(
                        data,
                        source=SOURCE,
                        subject=found["conversation_id"],
                        time=now,
                        cause=action_id,
                        traceparent=span.traceparent,
                    )
                )
    if inserted is None and key is not None:
        before: dict[str, Any] = await state.queries.action_by_key(lead_id, key)
        return before
    await state.handler.shared.results.wait(action_id, ANSWER_WITHIN_S)
    judged: dict[str, Any] = await state.queries.action(action_id)
    return judged
