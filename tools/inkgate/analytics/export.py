"""Files: Parquet of every table, and the artist's sheet of leads."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from inkgate.analytics.errors import AnalyticsError
from inkgate.analytics.facts import moment
from inkgate.analytics.sinks.sink import Sink
from inkgate.analytics.tables import FACTS, LEADS, MESSAGES

_AT_ONCE = 50_000
# What a spreadsheet takes for a formula (OWASP, CSV Injection): at the start of a cell, also behind white space.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# Microsoft Excel takes a file for UTF-8 only where it begins with this.
_BOM = "\ufeff"
_SHEET = (
    "Created", "Last change", "Status", "Question", "City", "Country", "Size", "Budget", "Detail (1-3)", "Cover-up", "When",
    "Deposit", "Paid", "Given back", "Currency", "Appointment", "With the artist", "Opted out", "Lead",
)  # fmt: skip


async def parquet(sink: Sink, folder: Path) -> list[Path]:
    """`facts.parquet`, `messages.parquet` and `leads.parquet` in that folder; each is there whole or as it was before."""
    import duckdb

    from inkgate.analytics.sinks import duck

    written = []
    with duckdb.connect(":memory:") as memory:
        for table in (FACTS, MESSAGES, LEADS):
            columns = ", ".join(f"{name} {duck.TYPES[kind]}" for name, kind in table.columns.items())
            memory.execute(f"create table {table.name} ({columns}, primary key ({', '.join(table.key)}))")
            names, keys = ", ".join(table.columns), ", ".join(table.key)
            at = 0
            while True:
                page = await sink.select(
                    f"select {names} from {table.name} order by {keys} limit {_AT_ONCE} offset {at}"
                )
                duck.put(memory, table, page.records())
                at += len(page.rows)
                if len(page.rows) < _AT_ONCE:
                    break
            path, part = folder / f"{table.name}.parquet", folder / f".{table.name}.parquet.part"
            memory.execute(f"copy (select * from {table.name} order by {keys}) to '{_quoted(part)}' (format parquet)")
            part.replace(path)
            written.append(path)
    return written


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


async def sheet(sink: Sink, zone: ZoneInfo) -> str:
    """One row a lead, the newest first, as a spreadsheet opens it by a double click; times by the studio's clock. Nothing
    personal is in it, because nothing personal is on the topic; of a person who was erased, what she had answered is left
    out too."""
    found = await sink.select("select * from leads order by changed_us desc, lead_id")
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_SHEET)
    for lead in found.records():
        writer.writerow([_safe(cell) for cell in _cells(lead, zone)])
    return _BOM + out.getvalue()


def _cells(lead: dict[str, Any], zone: ZoneInfo) -> list[Any]:
    told = {} if lead["erased"] else lead
    size = (
        f"{told['width_cm']:g} x {told['height_cm']:g} cm" if told.get("width_cm") and told.get("height_cm") else None
    )
    answers = [
        told.get("city"), told.get("country"), size, _money(told.get("budget_pence")), told.get("complexity"),
        _yes(told.get("coverup")), told.get("timing"),
    ]  # fmt: skip
    return [
        _clock(lead["created_us"], zone), _clock(lead["changed_us"], zone),
        f"{lead['status']} (erased)" if lead["erased"] else lead["status"],
        lead["waiting_on"], *answers, lead["deposit"], _money(lead["paid_pence"]), _money(lead["refunded_pence"]),
        lead["currency"], _time(lead["appointment_at"], zone), lead["handover"], _yes(lead["opted_out"]), lead["lead_id"],
    ]  # fmt: skip


def _clock(at_us: int | None, zone: ZoneInfo) -> str | None:
    return None if at_us is None else moment(at_us).astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _time(text: str | None, zone: ZoneInfo) -> str | None:
    if text is None:
        return None
    return datetime.fromisoformat(f"{text}+00:00").astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _money(pence: int | None) -> str | None:
    return None if pence is None else f"{pence / 100:.2f}"


def _yes(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def _safe(cell: Any) -> str:
    """A cell that no spreadsheet reads as a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def write(path: Path, text: str) -> None:
    """A file, whole or not at all. AnalyticsError where it cannot be written."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="")
        part.replace(path)
    except OSError as error:
        raise AnalyticsError(f"{path} cannot be written: {error.strerror}") from None
