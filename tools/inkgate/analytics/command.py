"""`inkgate analytics run|backfill|status|query|report|export`: leads as tables, answers and one page, from the topic
`leads`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aiokafka.errors import KafkaError

from inkgate.analytics import export, questions, reader
from inkgate.analytics.errors import AnalyticsError
from inkgate.analytics.facts import microseconds
from inkgate.analytics.settings import SINK, AnalyticsSettings, settings
from inkgate.analytics.sinks.sink import Sink, open_sink, refold, without_password
from inkgate.local.errors import LocalError
from inkgate_common.clock import SystemClock
from inkgate_common.errors import InkgateError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The subcommands of `inkgate analytics`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    run = actions.add_parser("run", help="read the topic into tables and follow it; it goes on where it stopped")
    run.add_argument("--once", action="store_true", help="stop at the end of the topic as it is now (for a CronJob)")
    run.add_argument(
        "--from", dest="begin", type=_begin, metavar="WHERE",
        help="beginning, latest, or a time such as 2026-11-26T08:00Z; left out: where it stopped, else the beginning",
    )  # fmt: skip
    backfill = actions.add_parser(
        "backfill", help="read the whole topic again, to its end: changes nothing that is right"
    )
    status = actions.add_parser("status", help="how far the topic was read, by partition, and how old that is")
    status.add_argument("--json", action="store_true", help="print it as JSON")
    status.add_argument(
        "--max-lag", type=_count, metavar="N", help="end with 1 where more than N messages are still to be read"
    )
    for action in (run, backfill, status):
        action.add_argument(
            "--kafka-bootstrap", metavar="HOST:PORT", help="else INKGATE_KAFKA_BOOTSTRAP, or the local one"
        )
        action.add_argument("--topic-prefix", metavar="TEXT", help="what stands before every topic's name")
        action.add_argument("--home", type=Path, help="folder of the local servers (else ./.inkgate)")
    for action in (run, backfill):
        action.add_argument("--batch", type=_whole, default=reader.BATCH_MAX, help="events kept in one transaction")
    query = actions.add_parser("query", help="answer one of the questions that come with it; without a name, list them")
    query.add_argument("name", nargs="?", help="which one")
    query.add_argument("--format", choices=("table", "csv", "json"), default="table")
    report = actions.add_parser("report", help="all the answers as one page with charts")
    report.add_argument("-o", "--out", type=Path, default=Path("report.html"), help="the page (default report.html)")
    for action in (query, report):
        action.add_argument("--days", type=_whole, help="only leads that began in the last so many days (else all)")
    files = actions.add_parser("export", help="files for other programs, and a sheet of leads for the artist")
    files.add_argument("--parquet", type=Path, metavar="DIR", help="every table as DIR/<table>.parquet")
    files.add_argument("--csv", type=Path, metavar="FILE", help="one row a lead, for Excel, Numbers or LibreOffice")
    files.add_argument("--zone", type=_zone, default=ZoneInfo("UTC"), help="the sheet's clock, such as Europe/London")
    for action in (run, backfill, status, query, report, files):
        action.add_argument(
            "--sink", metavar="ADDRESS",
            help=f"duckdb:PATH, postgresql://…, clickhouse://… (else INKGATE_ANALYTICS_SINK, else {SINK})",
        )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """0 when done; 1 where more than --max-lag is to be read; 2 with one line where something is not there or does not
    answer."""
    try:
        return asyncio.run(_ACTIONS[args.action](args))
    except (InkgateError, LocalError, KafkaError, OSError) as error:
        _warn(str(error) or type(error).__name__)
        return 2


async def _run(args: argparse.Namespace) -> int:
    found = settings(sink=args.sink, bootstrap=args.kafka_bootstrap, topic_prefix=args.topic_prefix, home=args.home)
    once = args.action == "backfill" or args.once
    begin: reader.Begin = "beginning" if args.action == "backfill" else args.begin
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    async def follow(sink: Sink) -> int:
        await sink.prepare()
        again = await refold(sink)
        if again:
            _say(f"{again} leads were folded anew")
        await reader.Reader(found, sink, begin, _say, args.batch).run(stop, once=once)
        return 0

    return await _with(found, follow)


async def _status(args: argparse.Namespace) -> int:
    from inkgate.analytics import status

    found = settings(sink=args.sink, bootstrap=args.kafka_bootstrap, topic_prefix=args.topic_prefix, home=args.home)
    where = found.analytics_sink.get_secret_value()

    async def look(sink: Sink) -> int:
        seen = await status.look(found, sink, without_password(where), SystemClock().now())
        print(status.as_json(seen) if args.json else status.as_text(seen))
        if args.max_lag is not None and seen.lag > args.max_lag:
            _warn(f"{seen.lag} messages are still to be read, more than --max-lag {args.max_lag}: is `run` at work?")
            return 1
        return 0

    return await _asked(found, look)


async def _query(args: argparse.Namespace) -> int:
    if args.name is None:
        for question in questions.questions().values():
            print(f"{question.name}\n    {question.answers}")
        return 0
    if args.name not in questions.questions():
        raise AnalyticsError(f"there is no question {args.name}; there are {', '.join(questions.questions())}")
    shapes = {"table": questions.as_table, "csv": questions.as_csv, "json": questions.as_json}

    async def ask(sink: Sink) -> int:
        print(shapes[args.format](await questions.ask(sink, args.name, _since_us(args.days))))
        return 0

    return await _asked(settings(sink=args.sink, reads=False), ask)


async def _report(args: argparse.Namespace) -> int:
    from inkgate.analytics import report

    async def write(sink: Sink) -> int:
        page = await report.page(sink, SystemClock().now(), _since_us(args.days), args.days)
        export.write(args.out, page)
        print(f"written: {args.out}")
        return 0

    return await _asked(settings(sink=args.sink, reads=False), write)


async def _export(args: argparse.Namespace) -> int:
    if args.parquet is None and args.csv is None:
        raise AnalyticsError("say what to write: --parquet DIR, --csv FILE, or both")

    async def write(sink: Sink) -> int:
        if args.parquet:
            args.parquet.mkdir(parents=True, exist_ok=True)
        written = await export.parquet(sink, args.parquet) if args.parquet else []
        if args.csv:
            export.write(args.csv, await export.sheet(sink, args.zone))
            written.append(args.csv)
        for path in written:
            print(f"written: {path}")
        return 0

    return await _asked(settings(sink=args.sink, reads=False), write)


async def _asked(found: AnalyticsSettings, does: Callable[[Sink], Awaitable[int]]) -> int:
    where = found.analytics_sink.get_secret_value()
    _must_be_there(where)

    async def if_it_was_filled(sink: Sink) -> int:
        if not await sink.is_prepared():
            raise AnalyticsError(
                f"nothing was read into {without_password(where)} yet: `inkgate analytics run --once` does"
            )
        return await does(sink)

    return await _with(found, if_it_was_filled)


def _must_be_there(where: str) -> None:
    """DuckDB makes a file that is not there; a question to an empty one would be answered by none of its tables."""
    path = where.removeprefix("duckdb:").removeprefix("//")
    if where.startswith("duckdb:") and not Path(path).is_file():
        raise AnalyticsError(f"there is no {path} yet: `inkgate analytics run --once` makes it")


async def _with(found: AnalyticsSettings, does: Callable[[Sink], Awaitable[int]]) -> int:
    sink = open_sink(found.analytics_sink.get_secret_value())
    try:
        return await does(sink)
    finally:
        await sink.close()


def _say(line: str) -> None:
    print(line, flush=True)


def _warn(line: str) -> None:
    print(f"inkgate analytics: {line}", file=sys.stderr)


def _since_us(days: int | None) -> int:
    return 0 if days is None else microseconds(SystemClock().now() - timedelta(days=days))


def _begin(text: str) -> reader.Begin:
    if text in ("beginning", "latest"):
        return text  # type: ignore[return-value]
    with suppress(ValueError):
        at = datetime.fromisoformat(text)
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    raise argparse.ArgumentTypeError(f"{text!r} is neither beginning, latest nor a time such as 2026-11-26T08:00Z")


def _whole(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) <= 100_000:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to 100000")


def _count(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 15:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number of messages: 0, 1000, …")


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise argparse.ArgumentTypeError(f"{text!r} is no time zone; write it as Europe/London") from None


_ACTIONS = {"run": _run, "backfill": _run, "status": _status, "query": _query, "report": _report, "export": _export}
