"""The parts of the bench that need no servers."""

import asyncio
import hmac
import json
import os
from array import array

import pytest

from inkgate.bench import growth, measure, report
from inkgate.bench.load import Line, Load, Stream
from inkgate.bench.posting import Poster, whole_response
from inkgate.bench.runs import percentiles
from inkgate.bench.script import MESSAGES, Script


def test_webhook_is_signed_json_in_metas_shape() -> None:
    body, signature = Script("123", "secret", "m1").webhook(b"447900000001", 8, 1_750_000_000)
    value = json.loads(body)["entry"][0]["changes"][0]["value"]
    assert value["metadata"]["phone_number_id"] == "123"
    assert value["contacts"][0]["wa_id"] == value["messages"][0]["from"] == "447900000001"
    assert value["messages"][0]["timestamp"] == "1750000000"
    assert value["messages"][0]["text"] == {"body": MESSAGES[8]}
    assert body.isascii()
    assert hmac.digest(b"secret", body, "sha256").hex().encode() == signature


def test_no_two_webhooks_have_the_same_message_id() -> None:
    script = Script("123", "secret", "m1")
    bodies = [script.webhook(who, turn, 0)[0] for who in (b"1", b"2") for turn in range(len(MESSAGES))]
    ids = {json.loads(body)["entry"][0]["changes"][0]["value"]["messages"][0]["id"] for body in bodies}
    assert len(ids) == len(bodies)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 200),
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}", 503),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab", None),
        (b"HTTP/1.1 200 OK\r\ncontent-le", None),
    ],
)
def test_response_is_read_when_it_is_whole(data: bytes, status: int | None) -> None:
    assert whole_response(data) == status


def test_stream_finds_lines_however_the_bytes_are_cut() -> None:
    whole = b'HTTP/1.1 200 OK\r\n\r\n11\r\n{"what":"hello"}\n\r\n35\r\n{"what":"call","wa_id":"1","at":2.5}\n'
    whole += b'{"what":"read","wa_id":"1","at":3}\n\r\n'
    for cut in range(len(whole)):
        lines: list[Line] = []
        stream = Stream("localhost", "/", lines.append)
        stream.data_received(whole[:cut])
        stream.data_received(whole[cut:])
        assert stream.started.is_set()
        assert lines == [Line("call", "1", 2.5), Line("read", "1", 3.0)]


class Answers(Poster):
    """Answers every webhook at once: 200, and the lines that the sandbox would write."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("localhost", 1, "/")
        self.lines = lines
        self.load: Load
        self.ids: list[str] = []

    def post(self, body: bytes, signature: bytes, answered: object) -> None:
        message = json.loads(body)["entry"][0]["changes"][0]["value"]["messages"][0]
        self.ids.append(message["id"])
        assert callable(answered)
        asyncio.get_running_loop().call_later(0.001, self._answer, message["from"], answered)

    def _answer(self, wa_id: str, answered: object) -> None:
        assert callable(answered)
        answered(200)
        for what in self.lines:
            self.load._on_line(Line(what, wa_id, 0.0))


def load_with(lines: list[str], statuses: tuple[str, ...]) -> tuple[Load, Answers]:
    poster = Answers(lines)
    poster.load = Load(poster, Script("1", "s", "m"), clients=30, statuses=statuses, first_number=1)
    return poster.load, poster


@pytest.mark.parametrize(("lines", "statuses"), [(["call"], ()), (["call", "read"], ("sent", "read"))])
async def test_closed_loop_goes_on_with_new_people_and_nobody_waits_at_its_end(
    lines: list[str], statuses: tuple[str, ...]
) -> None:
    load, poster = load_with(lines, statuses)
    marks: list[int] = []
    window = await load.closed(0.05, 0.2, lambda: marks.append(1))
    assert window.turns > 0 and len(marks) == 2
    assert len(poster.ids) == len(set(poster.ids)) > len(MESSAGES) * 30
    assert vars(load.troubles) == {"refused": 0, "unexpected": 0, "unanswered": 0}


async def test_open_loop_keeps_its_rate() -> None:
    load, poster = load_with(["call"], ())
    window = await load.paced(200, 0.1, 0.5)
    assert len(poster.ids) == 120
    assert window.turns == len(window.acknowledged) == len(window.late) == 100
    assert window.skipped == 0


async def test_a_second_message_for_one_webhook_is_noticed() -> None:
    load, _ = load_with(["call", "call"], ())
    await load.paced(100, 0, 0.2)
    assert load.troubles.unexpected == 20


def test_percentiles_are_in_milliseconds() -> None:
    assert percentiles(array("d", [n / 1000 for n in range(101)])) == {"p50": 50.0, "p99": 99.0, "max": 100.0}
    assert percentiles(array("d"))["p50"] is None


def test_own_process_has_cpu_time_and_memory() -> None:
    now = measure.snapshot({"self": os.getpid()}).processes
    if measure.PROC.is_dir():
        assert now["self"].cpu_s > 0
        assert now["self"].memory > 1_000_000
    else:
        assert now == {}


def test_medians_are_taken_number_by_number() -> None:
    runs = [{"a": {"b": 1.0}, "c": ["x"], "d": True}, {"a": {"b": 5.0}, "c": [], "d": False}, {"a": {"b": 2.0}}]
    assert report.median(runs) == {"a": {"b": 2.0}, "c": ["x"], "d": False}


def test_troubles_are_added_up() -> None:
    runs = [{"troubles": {"refused": 1, "unanswered": 0}, "skipped": 2}, {"troubles": {"refused": 2, "unanswered": 0}}]
    assert report.median(runs) == {"troubles": {"refused": 3, "unanswered": 0}, "skipped": 2}


def test_ratio_is_to_the_echo_of_the_same_run() -> None:
    run = {"echo": {"aiohttp": {"turns_per_s": 1000.0}}, "none": {"turns_per_s": 500.0}, "all": {}}
    report.add_ratios(run, "aiohttp")
    assert run["none"]["ratio"] == 0.5
    assert [line.split()[0] for line in report.bars(run)] == ["met"]


def test_what_a_turn_leaves_on_disk_is_what_grew_by_a_byte_or_more() -> None:
    before = {"dialogue.timeline": 1_000, "dialogue.timers": 8_192}
    after = {"dialogue.timeline": 4_000, "dialogue.timers": 8_192, "topic leads": 500, "sender.numbers": 1}
    assert growth.a_turn(before, after, turns=10) == {"dialogue.timeline": 300, "topic leads": 50}
