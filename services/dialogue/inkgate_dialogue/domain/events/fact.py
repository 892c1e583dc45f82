"""What every fact has."""

from typing import ClassVar
from uuid import UUID

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    KIND: ClassVar[str]
    RAISES: ClassVar[bool] = False
    # Bookkeeping that the timeline does not show.
    SHOWN: ClassVar[bool] = True

    lead_id: UUID | None = None


class LeadFact(Fact, frozen=True, kw_only=True):
    RAISES: ClassVar[bool] = True
