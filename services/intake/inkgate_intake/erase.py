"""Forgetting a person (GDPR, article 17)."""

from inkgate_common import log
from inkgate_common.cloudevents import Event
from inkgate_common.contracts.control import PersonErased
from inkgate_common.db import UnitOfWork
from inkgate_intake import repository

_log = log.get("erase")


async def person_erased(uow: UnitOfWork, event: Event) -> None:
    """Remove her identifiers and raise their epoch: if she comes back, she is new. Only an opt-out is remembered."""
    data: PersonErased = event.data
    await repository.lock_identities(uow)
    names = await repository.erase(uow, data.conversation_id, data.opted_out)
    _log.info("person erased", conversation_id=str(data.conversation_id), identifiers=names)
