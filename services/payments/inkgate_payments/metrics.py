"""What payments measures beside the common metrics. Few labels: never a lead, a session or an id."""

from prometheus_client import Counter, Gauge

WEBHOOKS = Counter("inkgate_payments_webhooks_total", "Webhooks of Stripe, by what became of them", ["outcome"])
# At 0 from the start: the first that goes wrong is an increase.
for _outcome in ("unsigned", "not_stored", "unreadable"):
    WEBHOOKS.labels(_outcome)
FACTS = Counter("inkgate_payments_facts_total", "Facts about money told", ["type"])
CALLS = Counter("inkgate_payments_calls_total", "Calls to Stripe, by what came of them", ["kind", "outcome"])
CALLS_WAITING = Gauge("inkgate_payments_calls_waiting", "Calls to Stripe that have no answer yet")
CALLS_OLDEST_S = Gauge("inkgate_payments_calls_oldest_seconds", "Age of the oldest call that has no answer yet")
