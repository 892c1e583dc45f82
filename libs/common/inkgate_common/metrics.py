"""What every service measures (Prometheus). Few labels: never a conversation, a number or an id."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.metrics_core import Metric

# When each series began: half as many lines again, which nobody asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]

OUTBOX_OLDEST_S = Gauge("inkgate_outbox_oldest_seconds", "Age of the oldest event that is not yet published")
OUTBOX_UNPUBLISHED = Gauge("inkgate_outbox_in_memory", "Events handed to the relay and not yet acknowledged by Kafka")
PUBLISHED = Counter("inkgate_published_total", "Events acknowledged by Kafka", ["topic"])
PRODUCER_REPLACED = Counter("inkgate_producer_replaced_total", "Times a stuck Kafka producer was replaced")
BATCH_SIZE = Histogram(
    "inkgate_consumer_batch_size", "Records in one transaction", buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
)
BATCH_SECONDS = Histogram(
    "inkgate_consumer_batch_seconds", "Time of one batch", buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5)
)
CONSUMED = Counter("inkgate_consumed_total", "Records read", ["topic"])
DUPLICATES = Counter("inkgate_duplicates_total", "Events dropped by the inbox", ["topic"])
RESTORED = Counter("inkgate_restored_total", "Events whose sequence had been taken under another id", ["topic"])
LAG = Gauge("inkgate_consumer_lag", "Records that wait on the partitions of this replica", ["topic"])
DEAD_LETTERS = Counter("inkgate_dead_letters_total", "Events that could not be handled", ["topic"])
HELD = Gauge("inkgate_held_events", "Events that came before their predecessor")
HELD_OLDEST_S = Gauge("inkgate_held_oldest_seconds", "Age of the oldest event that waits for its predecessor")
CONSUMER_BEHIND_S = Gauge(
    "inkgate_consumer_behind_seconds", "Age of the oldest record that was read within the last second", ["topic"]
)
READY = Gauge("inkgate_ready", "1 while this part, which the service cannot do without, is there", ["part"])
DATABASE_BYTES = Gauge("inkgate_database_bytes", "Size of the service's database")
DATABASE_BYTES_LIMIT = Gauge(
    "inkgate_database_bytes_limit", "What it may grow to (INKGATE_DATABASE_BYTES_MAX); 0 where that is not said"
)
CONNECTIONS = Gauge("inkgate_database_connections", "Clients connected to the database server, all of them")
CONNECTIONS_LIMIT = Gauge("inkgate_database_connections_limit", "How many clients the database server lets in")
BUILD = Gauge("inkgate_build_info", "1; the labels say what runs", ["service", "version", "python"])
SPANS = Counter(
    "inkgate_spans_total",
    "Spans by what came of them: exported, failed (not taken by the collector), dropped (too many waited for it)",
    ["outcome"],
)
TASK_FAILURES = Counter("inkgate_task_failures_total", "Times a background task failed and was started again", ["task"])


def example() -> str:
    """One of them as Prometheus reads it, whatever it is now."""
    (ready,) = READY.describe()
    ready.add_sample(ready.name, {"part": "database"}, 1)

    class One(CollectorRegistry):
        def collect(self) -> Iterator[Metric]:
            yield ready

    return generate_latest(One()).decode()
