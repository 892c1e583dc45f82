"""`inkgate analytics report`: every answer on one page, in one file. No script, nothing from other hosts; it looks like all
our pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from inkgate.analytics.charts import Bar, bars, columns
from inkgate.analytics.questions import ask, questions
from inkgate.analytics.sinks.sink import Answer, Sink

_HERE = Path(__file__).parent
_SHEETS = (_HERE.parent / "sandbox" / "static" / "base.css", _HERE / "report.css")
# The road of a lead after the questions, in the words of who reads the page.
_ROAD = {
    "PENDING_APPROVAL": "answered everything",
    "AWAITING_DEPOSIT": "approved, deposit asked for",
    "DEPOSIT_PAID": "deposit paid",
    "BOOKED": "booked",
    "COMPLETED": "came",
}
_SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}
_ROWS_MAX = 400
_CITIES_MAX = 12
NOT_KNOWN = "not known"
# The codes that are met most, in words: Meta's ('Cloud API error codes', developers.facebook.com) and our own.
_CODES = {
    "131026": "her phone or account does not take it",
    "131047": "more than 24 hours since her last message",
    "131049": "Meta held it back, as it has sent her much",
    "131050": "she takes no marketing messages",
    "131051": "WhatsApp does not know this kind of message",
    "130472": "Meta's experiment: she gets no marketing messages",
    "failed": "WhatsApp gave no code",
    "expired": "it was too late to send it",
    "uncertain": "nobody knows whether it went out",
}

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Section:
    """One answer: its chart, a key to its tones (tone, words; without a tone: what stands below it), and its figures as a
    table."""

    name: str
    title: str
    says: str
    chart: Markup
    head: list[str]
    rows: list[list[str]]
    legend: list[tuple[str, str]] = field(default_factory=list)
    left_out: int = 0


async def page(sink: Sink, now: datetime, since_us: int, days: int | None) -> str:
    """The page: of leads that began at `since_us` or later, `days` ago, or of all."""
    answers = {name: await ask(sink, name, since_us) for name in questions()}
    found = {name: answer.records() for name, answer in answers.items()}
    currency = await sink.select("select max(currency) from leads")
    money = _money(currency.rows[0][0])
    sections = [_section(name, answers[name], money, made(found)) for name, made in _CHARTS.items()]
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=select_autoescape(["html"]), undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("report.html").render(
        css="".join(sheet.read_text(encoding="utf-8") for sheet in _SHEETS),
        now=now.strftime("%Y-%m-%d %H:%M UTC"),
        days=days,
        tiles=_tiles(found, money),
        sections=sections,
        leads=_reached(found["funnel"], "created").get("created", 0),
        missing=len(found["missing"]),
    )


def _section(
    name: str, answer: Answer, money: Callable[[int], str], drawn: tuple[Markup, list[tuple[str, str]]]
) -> Section:
    question = questions()[name]
    head = [column for column in answer.columns if column not in ("place", "what")]
    shown = answer.records()[-_ROWS_MAX:]
    return Section(
        name=name,
        title=question.title,
        says=question.answers.replace("`", ""),
        chart=drawn[0],
        head=[_words(column.removesuffix("_pence").removesuffix("_s")) for column in head],
        rows=[[_cell(column, row[column], money) for column in head] for row in shown],
        legend=drawn[1],
        left_out=len(answer.rows) - len(shown),
    )


# --- at a glance ------------------------------------------------------------------------------------------------------


def _tiles(found: dict[str, Rows], money: Callable[[int], str]) -> list[tuple[str, str, str]]:
    """What it is, how much, and as what part of what."""
    leads = _reached(found["funnel"], "created").get("created", 0)
    had = _reached(found["funnel"], "status")
    kept = sum(row["kept_pence"] for row in found["cities"])
    came, missed = (sum(row[name] for row in found["cities"]) for name in ("came", "no_shows"))
    taken, failed = (sum(row[name] for row in found["delivery"]) for name in ("taken", "failed"))
    return [
        ("leads", f"{leads}", "began"),
        ("answered everything", f"{had.get('PENDING_APPROVAL', 0)}", _share(had.get("PENDING_APPROVAL", 0), leads)),
        ("deposits", f"{had.get('DEPOSIT_PAID', 0)}", f"{money(kept)} kept"),
        ("booked", f"{had.get('BOOKED', 0)}", _share(had.get("BOOKED", 0), leads)),
        ("no-shows", f"{missed}", f"of {came + missed} who were due"),
        ("messages taken", _share(taken, taken + failed).removesuffix(" of all") or "–", f"{failed} failed"),
    ]


def _reached(funnel: Rows, what: str) -> dict[str, int]:
    return {row["name"]: row["leads"] for row in funnel if row["what"] == what}


# --- charts -----------------------------------------------------------------------------------------------------------

Drawn = tuple[Markup, list[tuple[str, str]]]


def _funnel(found: dict[str, Rows]) -> Drawn:
    leads = _reached(found["funnel"], "created").get("created", 0)
    had = _reached(found["funnel"], "status")
    rows = [Bar("began", [("accent", leads)], f"{leads}")]
    for row in found["funnel"]:
        if row["what"] == "step":
            label = f"{row['place']} · {_words(row['name'])}"
            rows.append(Bar(label, [("accent", row["leads"])], f"{row['leads']} · {_percent(row['leads'], leads)}"))
    for status, words in _ROAD.items():
        here = had.get(status, 0)
        rows.append(Bar(words, [("open", here)], f"{here} · {_percent(here, leads)}"))
    return bars("Funnel", rows, leads), [("accent", "asked this question"), ("open", "further on")]


def _by_day(found: dict[str, Rows]) -> Drawn:
    days: dict[date, tuple[float, float]] = {}
    for row in found["funnel_by_day"]:
        whole, part = days.get(date.fromisoformat(row["day"]), (0, 0))
        if row["what"] == "created":
            whole = row["leads"]
        elif row["name"] == "DEPOSIT_PAID":
            part = row["leads"]
        days[date.fromisoformat(row["day"])] = (whole, part)
    return columns("Leads by day", days, ("accent", "open")), [
        ("accent", "began then"),
        ("open", "of these have paid since"),
    ]


def _stops(found: dict[str, Rows]) -> Drawn:
    tones = {
        "went_on": ("open", "went on"),
        "still_open": ("waiting", "open"),
        "gave_up": ("failed", "gave up"),
        "opted_out": ("failed", "opted out"),
        "with_artist": ("accent", "with the artist"),
        "ended_otherwise": ("muted", "ended"),
    }
    rows = []
    for row in found["drop_off"]:
        parts = [(tone, row[name]) for name, (tone, _) in tones.items()]
        stopped = [f"{row[name]} {words}" for name, (_, words) in tones.items() if name != "went_on" and row[name]]
        said = f"{row['went_on']} of {row['asked']} went on"
        rows.append(Bar(_words(row["question"]), parts, said, ", ".join(stopped) or "nobody stopped here"))
    legend = [("open", "went on"), ("waiting", "open: not answered yet"), ("failed", "gave up or opted out")]
    legend += [("accent", "with the artist"), ("muted", "ended otherwise")]
    return bars("Where leads stop", rows, max([row["asked"] for row in found["drop_off"]], default=0)), legend


def _repairs(found: dict[str, Rows]) -> Drawn:
    told = [row for row in found["repairs"] if row["not_read"] or row["corrected"]]
    rows = [
        Bar(
            _words(row["question"]), [("waiting", row["not_read"]), ("accent", row["corrected"])],
            f"{row['not_read']} not read" + (f", {row['corrected']} corrected" if row["corrected"] else ""),
        )
        for row in sorted(told, key=lambda row: -(row["not_read"] + row["corrected"]))
    ]  # fmt: skip
    longest = max([row["not_read"] + row["corrected"] for row in told], default=0)
    return bars("Repairs", rows, longest), [("waiting", "could not be read"), ("accent", "corrected later")]


def _times(
    name: str, label: str, times: str, counted: str, middle: str, most: str, scale: float
) -> Callable[[dict[str, Rows]], Drawn]:
    def drawn(found: dict[str, Rows]) -> Drawn:
        rows = [
            Bar(
                str(row[label]), [("accent", row[middle]), ("tint", row[most] - row[middle])], f"{row[times]:,} {counted}",
                f"half within {lasting(row[middle] * scale)}, nine in ten within {lasting(row[most] * scale)}",
            )
            for row in found[name]
        ]  # fmt: skip
        longest = max([row[most] for row in found[name]], default=0)
        return bars(questions()[name].title, rows, longest), [("accent", "half within"), ("tint", "nine in ten within")]

    return drawn


def _delivery(found: dict[str, Rows]) -> Drawn:
    total = {
        name: sum(row[name] for row in found["delivery"])
        for name in ("messages", "taken", "arrived", "was_read", "failed")
    }
    words = {"taken": "WhatsApp took it", "arrived": "reached her phone", "was_read": "was read", "failed": "failed"}
    rows = [
        Bar(said, [("failed" if name == "failed" else "open", total[name])],
            f"{total[name]:,} · {_percent(total[name], total['messages'])}")
        for name, said in words.items()
    ]  # fmt: skip
    return bars("Delivery", rows, total["messages"]), []


def _failures(found: dict[str, Rows]) -> Drawn:
    rows = [
        Bar(str(row["code"]), [("failed", row["times"])], f"{row['times']:,}", _CODES.get(row["code"], ""))
        for row in found["failures"]
    ]
    return bars("Failures", rows, max([row["times"] for row in found["failures"]], default=0)), []


def _cities(found: dict[str, Rows]) -> Drawn:
    # Those who stopped before they named one are no city: last.
    cities = sorted(found["cities"], key=lambda row: row["city"] == NOT_KNOWN)
    shown = cities[:_CITIES_MAX]
    rows = [
        Bar(
            row["city"], [("open", row["deposits"]), ("tint", row["leads"] - row["deposits"])],
            f"{row['deposits']} of {row['leads']} paid",
            f"{row['booked']} booked, {row['came']} came, {row['no_shows']} did not",
        )
        for row in shown
    ]  # fmt: skip
    legend = [("open", "deposits"), ("tint", "other leads")]
    if len(cities) > len(shown):
        legend.append(("", f"The {len(shown)} with the most leads; the figures have all {len(cities)} rows."))
    return bars("Cities", rows, max([row["leads"] for row in shown], default=0)), legend


def _statuses(found: dict[str, Rows]) -> Drawn:
    rows = [Bar(_status(row["status"]), [("accent", row["leads"])], f"{row['leads']:,}") for row in found["statuses"]]
    return bars("Statuses", rows, max([row["leads"] for row in found["statuses"]], default=0)), []


_CHARTS: dict[str, Callable[[dict[str, Rows]], Drawn]] = {
    "funnel": _funnel,
    "funnel_by_day": _by_day,
    "drop_off": _stops,
    "repairs": _repairs,
    "response_times": _times("response_times", "who", "times", "times", "half_s", "nine_in_ten_s", 1),
    "time_to_deposit": _times("time_to_deposit", "month", "paid", "paid", "half", "nine_in_ten", 3_600),
    "delivery": _delivery,
    "failures": _failures,
    "cities": _cities,
    "statuses": _statuses,
}


# --- words ------------------------------------------------------------------------------------------------------------


def lasting(seconds: float) -> str:
    """`1.5 s`, `8 min`, `3.2 h`, `2.4 days`."""
    for length, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * length or (length == 60 and seconds >= 100):
            return f"{seconds / length:.1f} {name}".replace(".0 ", " ")
    return f"{seconds:.1f} s".replace(".0 ", " ")


def _cell(column: str, value: Any, money: Callable[[int], str]) -> str:
    if value is None:
        return "–"
    if column.endswith("_pence"):
        return money(value)
    if column.endswith("_s"):
        return lasting(value)
    if isinstance(value, float):
        return f"{value:.1f} h"
    return _words(value) if column in ("question", "name") and value.islower() else str(value)


def _money(currency: str | None) -> Callable[[int], str]:
    sign = _SIGNS.get(currency or "", f"{currency} " if currency else "")
    return lambda pence: f"{sign}{pence / 100:,.2f}".removesuffix(".00")


def _status(name: str) -> str:
    return "opted out" if name == "OPTOUT" else _words(name).lower()


def _words(name: str) -> str:
    return name.replace("_", " ")


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"


def _share(part: float, whole: float) -> str:
    return f"{_percent(part, whole)} of all" if whole else ""
