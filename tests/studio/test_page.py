"""The page of what the bot will say: every text in every language, played by the core, self-contained."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace

from inkgate.studio import page, scenes
from inkgate.studio.command import with_an_artist
from inkgate_dialogue import studio_file
from tests.phone import on_a_phone

STUDIO = with_an_artist(studio_file.read(None))
_VOID = {"meta", "link", "input", "br", "hr"}


@pytest.fixture(scope="module")
def html() -> str:
    return page.html(STUDIO)


class _Balanced(HTMLParser):
    """Text and tags of a page; every tag is closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(html: str) -> _Balanced:
    found = _Balanced()
    found.feed(html)
    assert found.open == []
    return found


def test_it_is_one_file_without_script_and_without_other_hosts(html: str) -> None:
    found = read(html)
    assert all(address.startswith("#") for address in found.addresses)
    assert "<script" not in html and "url(" not in html and "@import" not in html
    assert "default-src 'none'" in html


def test_every_text_of_every_language_is_on_it(html: str) -> None:
    shown = "".join(read(html).text)
    for copy in STUDIO.copies.values():
        for table in (
            copy.messages,
            copy.questions,
            copy.hints,
            copy.statuses,
            copy.notices,
            copy.refused,
            copy.assumed,
        ):
            for text in table.values():
                assert text in shown


def test_questions_stand_in_their_order_with_where_they_branch_off(html: str) -> None:
    shown = "".join(read(html).text)
    places = [shown.index(f"step {number} · {key.replace('_', ' ')}") for number, key in enumerate(STUDIO.questions)]
    assert places == sorted(places)
    for branch in ("high detail → NEEDS_ARTIST_REPLY", "below the minimum → NEEDS_FOLLOW_UP"):
        assert branch in re.sub(r"\s+", " ", shown)


def test_what_each_send_gates_is_told(html: str) -> None:
    shown = re.sub(r"\s+", " ", "".join(read(html).text))
    assert "once delivered: NEW → QUALIFYING, step -1 → 0" in shown
    assert "not delivered: nothing changed (step 1 → 2 still waits)" in shown


def test_a_studios_own_words_cannot_break_out_of_the_page() -> None:
    own = replace(STUDIO, file=replace(STUDIO.file, name="<b>Fern & Fox</b>"))
    assert "<b>Fern" not in page.html(own)
    assert "&lt;b&gt;Fern &amp; Fox" in page.html(own)


@pytest.mark.parametrize("language", list(STUDIO.copies))
def test_every_scene_plays_in_every_language(language: str) -> None:
    for scene in scenes.play(STUDIO, language, page._NOW):
        said = [line for line in scene.lines if line.who == "bot"]
        assert said, scene.title
    whole = scenes.play(STUDIO, language, page._NOW)[0]
    assert "→ BOOKED" in whole.lines[-1].gates


def test_a_studio_that_asks_otherwise_is_shown_as_it_is() -> None:
    few = replace(STUDIO, file=replace(STUDIO.file, questions=["idea", "timing"], languages=["en"]))
    shown = "".join(read(page.html(few)).text)
    assert "step 1 · timing" in shown and "step 2" not in shown


@pytest.mark.parametrize(
    ("seconds", "text"), [(90, "90 s"), (86_100, "23 h 55 min"), (43_200, "12 h"), (1_800, "30 min")]
)
def test_times_as_one_says_them(seconds: float, text: str) -> None:
    assert page.lasting(seconds) == text


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_scrolls_sideways_and_the_language_is_chosen(html: str, scheme: str, tmp_path: Path) -> None:
    with on_a_phone(html, scheme, tmp_path) as (tab, complaints):
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360
        assert tab.get_by_text("Where on the body?").first.is_visible()
        tab.get_by_label("Español").check()
        assert tab.get_by_text("¿En qué parte del cuerpo?").first.is_visible()
        assert not tab.get_by_text("Where on the body?").first.is_visible()
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    assert complaints == []
