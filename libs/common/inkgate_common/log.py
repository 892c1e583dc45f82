"""Structured logs: one line an event, by name and id, never a body, a secret or a phone number. A line that is
written while a turn is worked on carries the turn's trace (trace.current). What libraries repeat is counted (repeats.py)."""

import logging
import sys
from typing import Any

import structlog

from inkgate_common import trace
from inkgate_common.repeats import Repeats

# Whether `debug` lines are wanted, for those whose making costs something. Set by `configure`.
verbose = False


def configure(service: str, log_format: str, level: str = "info") -> None:
    """Send structlog and the libraries' logging to stderr, as text or as JSON lines."""
    global verbose
    verbose = level == "debug"
    renderer: Any = (
        structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _joined,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    writer = logging.StreamHandler(sys.stderr)
    if log_format == "json":  # what libraries say, too: a log collector reads every line alike
        strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
        theirs: list[Any] = [structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder(["left_out"])]
        writer.setFormatter(
            structlog.stdlib.ProcessorFormatter(processors=[strip, renderer], foreign_pre_chain=[*shared, *theirs])
        )
    else:
        writer.setFormatter(logging.Formatter(f"%(asctime)s {service} %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[Repeats(writer)])


def _joined(_logger: Any, _method: str, line: Any) -> Any:
    """The trace of the work under way, unless the line names another."""
    return line if "trace_id" in line else line | trace.fields(trace.current.get())


def get(name: str) -> Any:
    """A logger; `name` says which part of the service speaks."""
    return structlog.get_logger(part=name)
