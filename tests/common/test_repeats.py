"""A library that says the same again and again is heard once, and then counted."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from inkgate_common.repeats import KEYS_MAX, Repeats

NEVER_S = 3_600.0  # the period ends when the test says so


class Library:
    """A library's loggers, and what is written of what they say."""

    def __init__(self) -> None:
        self.written: list[logging.LogRecord] = []
        target = logging.Handler()
        target.emit = self.written.append  # type: ignore[method-assign]
        self.repeats = Repeats(target, NEVER_S)

    def say(self, template: object, *arguments: object, logger: str = "aiokafka.client") -> None:
        self.repeats.handle(logging.LogRecord(logger, logging.ERROR, "", 0, template, arguments, None))

    def told(self) -> list[tuple[str, int | None]]:
        """The lines written since it was last asked, and how many each speaks for."""
        lines = [(record.getMessage(), getattr(record, "left_out", None)) for record in self.written]
        self.written.clear()
        return lines


@pytest.fixture
def library() -> Iterator[Library]:
    made = Library()
    yield made
    made.repeats.close()


def test_the_first_line_goes_out_at_once_and_those_like_it_are_one_line_a_period(library: Library) -> None:
    for node in range(600):
        library.say("Unable connect to node with id %s", node)
    assert library.told() == [("Unable connect to node with id 0", None)]
    library.repeats.tell()
    assert library.told() == [("Unable connect to node with id 599 (the last of 599 like it within 3600 s)", 599)]


def test_what_goes_on_is_one_line_in_each_period(library: Library) -> None:
    for period in range(3):
        for _ in range(10):
            library.say("Heartbeat failed")
        library.repeats.tell()
        assert [left_out for _, left_out in library.told()] == ([None, 9] if period == 0 else [10])


def test_after_a_quiet_period_a_line_is_a_first_one_again(library: Library) -> None:
    library.say("Heartbeat failed")
    library.repeats.tell()
    library.say("Heartbeat failed")
    assert library.told() == [("Heartbeat failed", None)] * 2


def test_other_words_another_logger_and_another_level_are_told_apart(library: Library) -> None:
    library.say("Heartbeat failed")
    library.say("Heartbeat lost")
    library.say("Heartbeat failed", logger="aiokafka.other")
    library.repeats.handle(logging.LogRecord("aiokafka.client", logging.WARNING, "", 0, "Heartbeat failed", (), None))
    assert len(library.told()) == 4


def test_a_first_line_keeps_its_traceback(library: Library) -> None:
    try:
        raise LookupError("in a library")
    except LookupError:
        record = logging.LogRecord("aiokafka", logging.ERROR, "", 0, "Unexpected", (), sys.exc_info())
    library.repeats.handle(record)
    assert library.written == [record]


def test_lines_that_are_all_different_are_all_written_and_not_all_remembered(library: Library) -> None:
    for number in range(KEYS_MAX + 10):
        library.say(f"line {number}")
    library.say(f"line {KEYS_MAX + 5}")
    assert len(library.told()) == KEYS_MAX + 11


def test_what_is_not_yet_told_at_the_end_of_the_process_is_told_then(library: Library) -> None:
    for _ in range(3):
        library.say("Heartbeat failed")
    library.told()
    library.repeats.close()
    assert [left_out for _, left_out in library.told()] == [2]


PROGRAM = """
import logging, threading
from inkgate_common import log
from inkgate_common.repeats import Repeats

log.configure("sender", FORMAT)
for number in range(50):
    logging.getLogger("aiokafka.client").error("Unable connect to node with id %s", number)
    log.get("outbox").warning("ours", number=number)
(repeats,) = [handler for handler in logging.getLogger().handlers if isinstance(handler, Repeats)]
over = threading.Event()
tell, repeats.tell = repeats.tell, lambda: (tell(), over.set())
repeats._timer.cancel()
repeats._timer, repeats._period_s = None, 0.01
repeats._start_timer()
assert over.wait(30)
"""


@pytest.mark.parametrize("form", ["json", "text"])
def test_in_a_service_ours_are_all_there_and_a_librarys_summary_is_structured(form: str) -> None:
    """The period's end comes by a thread of its own, and names the service like every other line."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("FORMAT", repr(form))], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    lines = io.StringIO(done.stderr).read().splitlines()
    ours, theirs = [line for line in lines if "ours" in line], [line for line in lines if "Unable" in line]
    assert len(ours) == 50 and len(theirs) == 2 and len(lines) == 52
    if form == "text":
        assert all(" sender aiokafka.client Unable connect to node with id " in line for line in theirs)
        assert "the last of 49 like it" in theirs[1]
        return
    first, summary = map(json.loads, theirs)
    assert first["event"] == "Unable connect to node with id 0" and "left_out" not in first
    assert summary["left_out"] == 49
    assert {(line["service"], line["logger"], line["level"]) for line in (first, summary)} == {
        ("sender", "aiokafka.client", "error")
    }
