"""The types that cross a process boundary: one module per topic. JSON Schemas and AsyncAPI are generated from here."""

from inkgate_common.contracts import (
    commands,
    control,
    deliveries,
    inbound,
    intents,
    leads,
    payment_commands,
    payments,
    receipts,
)
from inkgate_common.contracts.base import Data

TOPICS: dict[str, list[type[Data]]] = {
    "inbound": inbound.TYPES,
    "receipts": receipts.TYPES,
    "commands": commands.TYPES,
    "intents": intents.TYPES,
    "deliveries": deliveries.TYPES,
    "payment-commands": payment_commands.TYPES,
    "payments": payments.TYPES,
    "leads": leads.TYPES,
    "control": control.TYPES,
}
TYPES: dict[str, type[Data]] = {struct.TYPE: struct for structs in TOPICS.values() for struct in structs}

__all__ = ["TOPICS", "TYPES", "Data"]
