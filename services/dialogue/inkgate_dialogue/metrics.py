"""What dialogue measures besides the common things."""

from prometheus_client import Counter, Gauge

FACTS = Counter("inkgate_dialogue_facts_total", "Facts recorded, by kind", ["kind"])
# Looked up once: it is the hot path.
COUNTED = {
    kind: FACTS.labels(kind)
    for kind in (
        "message_received",
        "message_created",
        "message_sent",
        "message_failed",
        "gate_closed",
        "status_changed",
    )
}
STUDIO_REFUSED = Gauge(
    "inkgate_studio_refused", "1 while the studio file on disk is wrong and the one before is in use"
)
STUDIO_LOADED = Counter("inkgate_studio_loaded_total", "Changed studio files, by what became of them", ["result"])
PARKED = Counter("inkgate_parked_total", "Conversations parked")
OPEN_GATES = Gauge("inkgate_open_gates", "Gates open, by age", ["older_than_s"])
CALENDAR_AGE = Gauge("inkgate_calendar_age_seconds", "Since the artist's calendar was read last")
CALENDAR_FAILURES = Counter("inkgate_calendar_failures_total", "Times the artist's calendar could not be read")
MAILBOX = Gauge("inkgate_mailbox_depth", "Events that wait in mailboxes")
