"""The examples of docs/consuming.md are run, on a real topic with duplicates, disorder, and a restored database."""

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid5

import pytest
from msgspec.structs import replace

from inkgate.local.jars import kafka_jars
from inkgate_common.cloudevents import Event
from tests.analytics import played
from tests.analytics.test_reader import EVENTS
from tests.analytics.test_sinks import reference
from tests.analytics.topics import Topic

DOCS = Path(__file__).parents[2] / "docs"
WITHIN_S = 60


def compiles() -> bool:
    """Whether a Java is here that runs a source file: Kafka's own (from a package) has no compiler."""
    java = shutil.which("java")
    if java is None:
        return False
    listed = subprocess.run([java, "--list-modules"], capture_output=True, text=True, check=False)
    return "jdk.compiler@" in listed.stdout


def as_it_may_come() -> list[Event]:
    """Out of order and twice; and one lead's end is told otherwise by a database that was restored to before it."""
    mine = [event for event in EVENTS if event.data.lead_id == EVENTS[0].data.lead_id]
    moved = [event for event in mine if event.type == "inkgate.lead.status_changed"][-1]
    other = replace(moved.data, epoch=2, to_status="STALE")
    return [*EVENTS[::-1], replace(moved, id=uuid5(moved.id, "restored"), data=other), *EVENTS]


async def expected(events: list[Event]) -> list[str]:
    sink = await reference(played.facts(events))
    found = Counter(row[0] for row in (await sink.select("select status from leads")).rows)
    await sink.close()
    return [f"{status} {count}" for status, count in sorted(found.items())]


def run(command: Sequence[str]) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.live
async def test_the_example_in_python_counts_as_the_analytics_do(topic: Topic) -> None:
    events = as_it_may_come()
    await topic.publish(events)
    command = [sys.executable, str(DOCS / "consuming" / "leads.py"), topic.kafka.kafka_bootstrap, topic.name]
    assert run(command) == await expected(events)


@pytest.mark.live
@pytest.mark.skipif(not compiles(), reason="no Java with a compiler is here")
async def test_the_example_in_java_counts_as_the_analytics_do(topic: Topic) -> None:
    events = as_it_may_come()
    await topic.publish(events)
    classes = ":".join(str(jar) for jar in kafka_jars(lambda line: None).glob("*.jar"))
    command = ["java", "-cp", classes, str(DOCS / "consuming" / "Leads.java"), topic.kafka.kafka_bootstrap, topic.name]
    assert run(command) == await expected(events)


@pytest.mark.parametrize("name", ["Leads.java", "leads.py"])
def test_the_page_shows_the_example_as_it_is(name: str) -> None:
    page = (DOCS / "consuming.md").read_text()
    assert (DOCS / "consuming" / name).read_text().strip() in page
