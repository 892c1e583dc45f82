"""What intake measures beside the common metrics. Few labels: never a conversation, a number or an id."""

from prometheus_client import Counter, Gauge, Histogram

WEBHOOKS = Counter("inkgate_intake_webhooks_total", "Webhooks by how they were answered", ["outcome"])
MESSAGES = Counter("inkgate_intake_messages_total", "New messages by kind", ["kind"])
RECEIPTS = Counter("inkgate_intake_receipts_total", "New statuses of our messages", ["status"])
DUPLICATES = Counter("inkgate_intake_duplicates_total", "Messages and statuses that had been seen before")
UNHANDLED = Counter("inkgate_intake_unhandled_total", "Things recorded without effect, by reason", ["reason"])
LINKED = Counter("inkgate_intake_linked_total", "Identifiers that turned out to be one person")
BATCH_ITEMS = Histogram(
    "inkgate_intake_batch_items", "Items in one transaction", buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
)
BATCH_SECONDS = Histogram(
    "inkgate_intake_batch_seconds", "Time of one transaction", buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5)
)
QUEUE = Gauge("inkgate_intake_queue_items", "Items that wait for the writer")
ACK_SECONDS = Histogram(
    "inkgate_intake_ack_seconds",
    "Time from the request to its answer",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3),
)

# WhatsApp may invent statuses and kinds; a label's values must stay few.
_STATUSES = frozenset({"sent", "delivered", "read", "played", "failed"})


def status_label(status: str) -> str:
    """The status, or `other`."""
    return status if status in _STATUSES else "other"


def reason_label(reason: str) -> str:
    """The reason without what varies in it."""
    return "field" if reason.startswith("field ") else reason.partition(":")[0]
