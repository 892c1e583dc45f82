"""The page of answers: one file, readable without colour and without script, on a phone and in the dark."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace

from inkgate.analytics import charts, report
from inkgate.analytics.facts import Fact
from inkgate.analytics.questions import questions
from tests.analytics.test_fold import fact
from tests.analytics.test_sinks import reference
from tests.phone import on_a_phone
from tests.studio.test_page import read

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)


async def page(facts: list[Fact], days: int | None = None) -> str:
    sink = await reference(facts)
    made = await report.page(sink, NOW, 0, days)
    await sink.close()
    return made


@pytest.fixture(scope="module")
async def html(facts: list[Fact]) -> str:
    return await page(facts)


def text(html: str) -> str:
    return re.sub(r"\s+", " ", "".join(read(html).text))


def test_it_is_one_file_without_script_and_without_other_hosts(html: str) -> None:
    found = read(html)
    assert all(address.startswith("#") for address in found.addresses)
    assert "<script" not in html and "url(" not in html and "@import" not in html and "style=" not in html
    assert "default-src 'none'" in html


def test_every_answer_is_on_it_as_a_chart_that_is_told_and_as_a_table(html: str) -> None:
    shown = text(html)
    for name, question in questions().items():
        if name != "missing":
            assert question.title in shown and f'id="{name}"' in html
    charts_, tables = html.count('role="img"'), html.count("<table>")
    assert charts_ == tables == html.count('aria-label="', html.index("<main>")) - tables >= 9


def test_the_figures_are_those_of_the_facts(html: str, facts: list[Fact]) -> None:
    shown = dict(re.findall(r'<dt>(.+?)</dt><dd><span class="much">(.+?)</span>', html))
    paid = {one.lead_id for one in facts if one.data.get("to_status") == "DEPOSIT_PAID"}
    missed = {one.lead_id for one in facts if one.data.get("to_status") == "NO_SHOW"}
    assert shown["leads"] == str(len({one.lead_id for one in facts}))
    assert (shown["deposits"], shown["no-shows"]) == (str(len(paid)), str(len(missed)))


async def test_before_anybody_wrote_it_says_so_and_what_to_do() -> None:
    shown = text(await page([]))
    assert "No leads yet" in shown and "inkgate analytics run --once" in shown
    assert "Nobody has begun in the last 7 days." in text(await page([], 7))


async def test_a_lead_of_which_something_is_missing_is_told_of() -> None:
    assert "Of 1 lead a fact is missing" in text(await page([fact("created", 1), fact("opted_out", 3)]))


async def test_what_a_city_is_called_cannot_break_out_of_the_page() -> None:
    made = await page([fact("created", 1), fact("answer_recorded", 2, key="location_city", value='<b>"Leeds"</b>')])
    assert "<b>" not in made
    assert '<b>"Leeds"</b>' in text(made)


def lead(number: int, fact_: Fact) -> Fact:
    """A fact of another lead."""
    return replace(fact_, lead_id=str(UUID(int=number)), event_id=f"{fact_.event_id}-{number}")


async def test_of_many_cities_the_chart_has_the_largest_and_says_so_and_the_unknown_one_comes_last() -> None:
    names = [f"Town {number:02}" for number in range(14)]
    facts = [lead(number, fact("created", 1)) for number in range(40)]
    facts += [lead(at, fact("answer_recorded", 2, key="location_city", value=name)) for at, name in enumerate(names)]
    made = await page(facts)
    chart, figures = made.split('id="cities"')[1].split("<details>", 1)
    assert re.findall(r'<div class="bar"><span>(.+?)</span>', chart) == names[:12]
    assert "The 12 with the most leads; the figures have all 15 rows." in chart
    assert "not known" in figures.split("</details>")[0]
    assert "with the most leads" not in await page(facts[:12])


def test_what_is_more_than_nothing_is_seen() -> None:
    drawn = charts.bars("Times", [charts.Bar("the bot", [("accent", 1), ("tint", 0)], "1")], 40_000)
    assert re.findall(r'<rect class="(\w+)" x="0.00%" width="0.50%"', drawn) == ["accent"]


async def test_a_code_of_meta_is_told_in_words() -> None:
    failed = fact("message_failed", 1, intent_id=str(UUID(int=7)), code="131047")
    assert "131047" in (told := text(await page([fact("created", 1), failed])))
    assert "more than 24 hours since her last message" in told


def test_many_days_become_weeks_and_none_is_left_out() -> None:
    days = {date(2026, 1, 1): (2.0, 1.0), date(2026, 12, 31): (3.0, 0.0)}
    step, columns = charts._stepped(days)
    assert step == "week" and sum(whole for _, whole, _ in columns) == 5
    assert charts._stepped({date(2026, 1, 1): (2.0, 1.0), date(2026, 1, 9): (3.0, 0.0)})[1][1] == (
        date(2026, 1, 2),
        0,
        0,
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1.5, "1.5 s"), (42, "42 s"), (480, "8 min"), (11_520, "3.2 h"), (259_200, "3 days")],
)
def test_times_as_one_says_them(seconds: float, said: str) -> None:
    assert report.lasting(seconds) == said


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_scrolls_sideways_and_nothing_is_complained_of(
    html: str, scheme: str, tmp_path: Path
) -> None:
    with on_a_phone(html, scheme, tmp_path) as (tab, complaints):
        tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360
        labels, cut = tab.evaluate(OVERLAPS), tab.evaluate(CUT)
    assert complaints == []
    assert labels == [] and cut == []


# Texts of a chart that do not fit beside it.
CUT = """[...document.querySelectorAll('.chart')].flatMap(chart => [...chart.querySelectorAll('text, span')].filter(text =>
  text.getBoundingClientRect().right > chart.getBoundingClientRect().right + 1).map(text => text.textContent))"""
# Labels that run into what is said at the right of them.
OVERLAPS = """[...document.querySelectorAll('.chart')].flatMap(chart => {
  const boxes = [...chart.querySelectorAll('text, span')].map(text => [text.textContent, text.getBoundingClientRect()]);
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom;
  return boxes.flatMap(([mine, a], at) =>
    boxes.slice(at + 1).filter(([, b]) => meet(a, b)).map(([other]) => mine + ' / ' + other));
})"""
