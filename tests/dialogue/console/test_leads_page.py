"""The list of leads: a page, and the way to the older ones; a number is looked for however it is written."""

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import TestClient

from inkgate_common import web
from inkgate_dialogue import shapes
from inkgate_dialogue.console.pages import LEADS_A_PAGE, ROUTES
from inkgate_dialogue.examples import AT
from tests.builders.leads import STUDIO

LEAD: dict[str, Any] = {
    "id": UUID(int=7), "name": "Ana", "phone": "447700900123", "status": "QUALIFYING", "step": 2, "steps": 13,
    "question": "dimensions", "answers": {"idea": "a fox", "placement": "left arm"}, "flags": [], "opted_out": False,
    "handover": None, "open_gate": None, "mailbox": 0, "updated_at": "2026-07-01T23:30:00.000Z",
}  # fmt: skip
NEXT = (AT, UUID(int=1))


class Queries:
    """A first page of leads with more behind it, and a last one. `asked` is what was looked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def leads(self, *asked: Any) -> tuple[list[dict[str, Any]], tuple[Any, UUID] | None]:
        self.asked.append(asked)
        return [LEAD], NEXT if asked[3] is None else None


@pytest.fixture
def queries() -> Queries:
    return Queries()


@pytest.fixture
def client(queries: Queries) -> Iterator[TestClient[Any]]:
    handler = SimpleNamespace(studio=STUDIO)
    app = web.application(
        "test", ROUTES, web.Health({}), body_bytes_max=1_000, handler=handler, queries=queries, api_key=None
    )
    with TestClient(app) as opened:
        yield opened


def test_where_more_leads_are_than_a_page_holds_a_link_leads_on_to_them(
    client: TestClient[Any], queries: Queries
) -> None:
    first = client.get("/?status=QUALIFYING").text
    (older,) = re.findall(r'<a href="(/\?[^"]+)">Older leads</a>', first)
    last = client.get(older.replace("&amp;", "&")).text
    assert queries.asked == [
        (None, "QUALIFYING", None, None, LEADS_A_PAGE), (None, "QUALIFYING", None, NEXT, LEADS_A_PAGE),
    ]  # fmt: skip
    assert "Older leads" not in last


def test_what_is_no_place_in_the_list_is_refused(client: TestClient[Any]) -> None:
    assert client.get("/?cursor=nonsense").status_code == 400


@pytest.mark.parametrize("written", ["447700900123", "+44 7700 900123", "(44) 7700-900 123", "447700900123\x00"])
def test_a_number_is_found_however_it_is_written(client: TestClient[Any], queries: Queries, written: str) -> None:
    assert client.get("/", params={"phone": written}).status_code == 200
    assert queries.asked[0][0] == "447700900123"


def test_a_lead_says_how_far_it_is_and_when_it_moved_by_the_studios_clock(client: TestClient[Any]) -> None:
    text = client.get("/").text
    assert "2 of 13 answered, asks: dimensions" in text
    assert "2026-07-02 00:30 BST" in text
    assert shapes.cursor(NEXT) in text
