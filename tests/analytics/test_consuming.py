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

from inkgate.analytics.facts import moment
from inkgate.local.jars import kafka_jars
from inkgate_common.cloudevents import Event
from inkgate_common.contracts import leads
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


def python(name: str) -> list[str]:
    return [sys.executable, str(DOCS / "consuming" / name)]


@pytest.mark.live
async def test_the_example_in_python_counts_as_the_analytics_do(topic: Topic) -> None:
    events = as_it_may_come()
    await topic.publish(events)
    assert run([*python("leads.py"), topic.kafka.kafka_bootstrap, topic.name]) == await expected(events)


@pytest.mark.live
async def test_the_example_in_python_knows_who_reached_booked_in_those_days_and_how_long_it_took(topic: Topic) -> None:
    """Also of a lead whose BOOKED was taken back, and of one whose beginning is gone from the topic."""
    published, taken_back, headless = booked_in_all_ways()
    await topic.publish([*published[::-1], *published])
    sink = await reference(played.facts(published))
    sql = """select h.lead_id, min(h.at_us) as reached, min(l.created_us) as began
        from history h join leads l on l.lead_id = h.lead_id
        where h.type = 'status_changed' and h.status = 'BOOKED' and not h.undone group by h.lead_id order by reached"""
    rows = (await sink.select(sql)).records()
    await sink.close()
    days = sorted({moment(row["reached"]).date() for row in rows})
    first, after = days[1], days[-1]  # the first day and the last one are left out
    mine = [row for row in rows if first <= moment(row["reached"]).date() < after]
    assert len(mine) < len(rows)
    lines = run([*python("booked.py"), topic.kafka.kafka_bootstrap, topic.name, f"{first}", f"{after}"])
    assert lines[0] == f"{len(mine)} leads reached BOOKED"
    took = {row["lead_id"]: (row["reached"] - row["began"]) / 3.6e9 for row in mine if row["lead_id"] != headless}
    assert {line.split()[0]: line.split()[2] for line in lines[1:] if headless not in line} == {
        lead: f"{hours:.1f}" for lead, hours in took.items()
    }
    assert [line.split()[2] for line in lines[1:] if headless in line] == ["?"]
    assert taken_back not in " ".join(lines)


def booked_in_all_ways() -> tuple[list[Event], str, str]:
    """What many clients come to. Of those who were booked, one's BOOKED is taken back, and another one's first fact is gone:
    their leads' ids."""
    published = played.events(played.lives(40))
    moved = [event for event in published if getattr(event.data, "to_status", None) == "BOOKED"]
    back, beginning = moved[len(moved) // 2], moved[len(moved) // 2 + 1].data.lead_id
    end = max(event.data.version for event in published if event.data.lead_id == back.data.lead_id)
    reverted = leads.ChangeReverted(
        lead_id=back.data.lead_id, epoch=1, version=end + 1, at=published[-1].time, intent_id=back.data.intent_id,
        status="BOOKING_PENDING", step=12,
    )  # fmt: skip
    left = [event for event in published if (event.data.lead_id, event.data.version) != (beginning, 1)]
    late = replace(back, id=uuid5(back.id, "reverted"), type=reverted.TYPE, data=reverted)
    return [*left, late], str(back.data.lead_id), str(beginning)


@pytest.mark.live
@pytest.mark.skipif(not compiles(), reason="no Java with a compiler is here")
async def test_the_example_in_java_counts_as_the_analytics_do(topic: Topic) -> None:
    events = as_it_may_come()
    await topic.publish(events)
    classes = ":".join(str(jar) for jar in kafka_jars(lambda line: None).glob("*.jar"))
    command = ["java", "-cp", classes, str(DOCS / "consuming" / "Leads.java"), topic.kafka.kafka_bootstrap, topic.name]
    assert run(command) == await expected(events)


@pytest.mark.parametrize("name", ["Leads.java", "leads.py", "booked.py"])
def test_the_page_shows_the_example_as_it_is(name: str) -> None:
    page = (DOCS / "consuming.md").read_text()
    assert (DOCS / "consuming" / name).read_text().strip() in page
