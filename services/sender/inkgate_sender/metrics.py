"""What the sender measures beside the common metrics. Few labels: never a conversation, a number, a template or an id."""

from prometheus_client import Counter, Gauge, Histogram

SENDS = Counter("inkgate_sends_total", "Intents that ended, by outcome", ["outcome"])
# At 0 from the start: the first that fails is an increase.
for _outcome in ("delivered", "failed"):
    SENDS.labels(_outcome)
ATTEMPTS = Counter("inkgate_send_attempts_total", "Calls of the Graph API, by what came of them", ["result"])
SEND_SECONDS = Histogram(
    "inkgate_send_seconds",
    "Time of one call of the Graph API",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
CALLS = Gauge("inkgate_send_calls", "Calls under way in this process")
UNCERTAIN = Gauge("inkgate_uncertain_sends", "Sends of which nobody knows whether they went out")
UNCERTAIN_RESENDS = Counter(
    "inkgate_uncertain_resends_total", "Uncertain sends repeated because no status came while we waited"
)
DUPLICATE_SENDS = Counter("inkgate_duplicate_sends_total", "Copies too many that turned out to have gone out")
TAKEN_OVER = Counter("inkgate_sends_taken_over_total", "Sends of a dead process that became uncertain")
QUEUE_DEPTH = Gauge("inkgate_send_queue_depth", "Intents that have not ended", ["state"])
QUEUE_OLDEST_S = Gauge("inkgate_send_queue_oldest_seconds", "Age of the oldest intent that waits")
HOLDS = Gauge("inkgate_sender_holds", "Numbers on hold", ["scope"])
HOLD_OLDEST_S = Gauge("inkgate_sender_hold_oldest_seconds", "Age of the oldest hold")
BAD_TEMPLATES = Counter("inkgate_bad_templates_total", "Times WhatsApp refused a template as unusable")
TEMPLATES_UNUSABLE = Gauge("inkgate_templates_unusable", "Templates that WhatsApp refuses")
RECEIPTS = Counter("inkgate_receipts_total", "Statuses read, by what they were", ["kind"])
