"""What dialogue measures besides the common things."""

from prometheus_client import Counter, Gauge, Histogram

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
PARKED_NOW = Gauge("inkgate_parked_leads", "Leads whose conversation is parked now")
TURN_SECONDS = Histogram(
    "inkgate_turn_seconds",
    "From the webhook with a client's message to the gate that our answer opened",
    buckets=(0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 900),
)
OPEN_GATE_OLDEST_S = Gauge("inkgate_open_gate_oldest_seconds", "Age of the gate that has been open longest")
OPEN_GATES = Gauge("inkgate_open_gates", "Gates open, by age", ["older_than_s"])
CALENDAR_AGE = Gauge("inkgate_calendar_age_seconds", "Since the artist's calendar was read last")
CALENDAR_FAILURES = Counter("inkgate_calendar_failures_total", "Times the artist's calendar could not be read")
MAILBOX = Gauge("inkgate_mailbox_depth", "Events that wait in mailboxes")
