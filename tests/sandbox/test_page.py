"""The page in a real browser: a whole turn by typing, a failed send, dark mode, phone width, keyboard only.

Needs a Chromium of the system's; says that it skipped where there is none. Dialogue is played by `fake_dialogue`.
"""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright, expect

from inkgate.local.ports import free_port
from tests.sandbox.conftest import (
    ACCESS_TOKEN,
    NUMBER_ID,
    STRIPE_KEY,
    Receiver,
    Sandbox,
    running_receiver,
    running_sandbox,
    settings_for,
)
from tests.sandbox.fake_dialogue import FakeDialogue

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = 20_000
ANA = "447700900101"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="the page's tests need a system Chromium, and there is none"),
]

expect.set_options(timeout=WAIT_MS)


@asynccontextmanager
async def running_dialogue(port: int, sandbox_url: str) -> AsyncIterator[None]:
    fake = FakeDialogue(sandbox_url, token=ACCESS_TOKEN, number_id=NUMBER_ID, stripe_key=STRIPE_KEY)
    runner = web.AppRunner(fake.application(), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


@pytest.fixture
async def desk() -> AsyncIterator[Sandbox]:
    """A sandbox and a stand-in for the services, joined."""
    port = free_port()
    settings = settings_for(f"http://127.0.0.1:{port}", sandbox_dialogue_url=f"http://127.0.0.1:{port}")
    async with running_dialogue(port, settings.base_url), running_sandbox(settings) as running:
        yield running


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield launched
        await launched.close()


Open = Callable[..., Any]


@pytest.fixture
async def open_page(browser: Browser, desk: Sandbox) -> AsyncIterator[Open]:
    """Opens the page; the test fails when the page reports an error of its own."""
    errors: list[str] = []

    async def opened(path: str = "/", **options: Any) -> Page:
        context = await browser.new_context(**{"reduced_motion": "reduce", **options})
        page = await context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
        await page.goto(desk.url + path)
        await expect(page.locator("#links .link.up")).to_have_count(2)
        return page

    yield opened
    assert errors == []


async def write(page: Page, text: str) -> None:
    await page.fill("#write", text)
    await page.press("#write", "Enter")


async def test_a_whole_turn_by_typing(open_page: Open) -> None:
    page = await open_page(reduced_motion="no-preference")
    await write(page, "Hi, I'd like a tattoo")
    await expect(page.locator("#chat .bubble.right")).to_contain_text("Hi, I'd like a tattoo")
    await expect(page.locator("#chat .bubble.left:not(.ghost)")).to_contain_text("What would you like tattooed?")
    await expect(page.locator("#lead-status")).to_have_text("QUALIFYING")
    await expect(page.locator("#lead-step")).to_have_text("step 0")
    await expect(page.locator("#gate-words")).to_contain_text("the gate opened")
    await write(page, "a fox in ferns")
    await expect(page.locator("#lead-step")).to_have_text("step 1")
    await expect(page.locator(".answers")).to_contain_text("a fox in ferns")
    await expect(page.locator("#gate-picture svg")).to_have_class("wide gate-open")
    change = page.locator(".event.change", has_text="step 0 → 1")
    await change.get_by_role("link", name="opened by").click()
    opener = page.locator(".event.out", has_text="Where on your body")
    await expect(opener).to_be_focused()
    await opener.get_by_role("link", name="opened step 1").click()
    await expect(change).to_be_focused()
    await expect(page.locator(".turn", has_text="turn")).to_have_count(2)


async def test_a_reload_loses_nothing(open_page: Open) -> None:
    page = await open_page()
    await write(page, "Hi")
    await expect(page.locator("#lead-step")).to_have_text("step 0")
    await expect(page.locator(".event", has_text="the gate opened")).to_have_count(1)
    chat = await page.locator("#chat .bubble-text").all_inner_texts()
    await page.reload()
    await expect(page.locator("#lead-step")).to_have_text("step 0")
    assert await page.locator("#chat .bubble-text").all_inner_texts() == chat
    await expect(page.locator(".event", has_text="the gate opened")).to_have_count(1)
    assert ANA in page.url


async def test_a_failed_send_changes_nothing_and_can_be_sent_again(open_page: Open) -> None:
    page = await open_page(reduced_motion="no-preference")
    await write(page, "Hi")
    await expect(page.locator("#lead-step")).to_have_text("step 0")
    await page.check("#fault-fails")
    await expect(page.locator("#faults-say")).to_contain_text("Armed")
    await write(page, "a fox in ferns")
    await expect(page.locator("#gate-words")).to_have_text("✕ not delivered: nothing changed; she can be asked again.")
    await expect(page.locator("#lead-step")).to_have_text("step 0")
    await expect(page.locator(".mark.failed")).to_contain_text("not delivered")
    await expect(page.locator(".bubble.ghost.failed")).to_contain_text("she never got this")
    await expect(page.locator("#fault-ok")).to_be_checked()
    await page.click("[data-action=resend]")
    await expect(page.locator("#lead-step")).to_have_text("step 1")
    await expect(page.locator(".bubble.ghost")).to_have_count(0)


async def test_a_lost_answer_opens_the_gate_by_its_status(open_page: Open) -> None:
    page = await open_page()
    await page.check("#fault-lost")
    await expect(page.locator("#faults-say")).to_contain_text("Armed")
    await write(page, "Hi")
    await expect(page.locator("#lead-step")).to_have_text("step 0")
    await expect(page.locator(".event", has_text="known by status")).to_have_count(1)


async def test_several_clients_have_addresses(open_page: Open) -> None:
    page = await open_page("/#/client/447700900103")
    await expect(page.locator("#phone-number")).to_have_text("+44 7700 900103")
    await page.click("#add-client")
    await page.fill("#new-name", "Zoe")
    await page.fill("#new-number", "447700900177")
    await page.press("#new-number", "Enter")
    await expect(page.locator("#phone-name")).to_have_text("Zoe")
    await write(page, "Hi")
    await expect(page.locator("#lead-status")).to_have_text("QUALIFYING")
    lead = await page.get_by_role("link", name="link to this lead").get_attribute("href")
    await page.locator("#tabs a").filter(has_not_text="Zoe").first.click()
    await expect(page.locator("#phone-number")).to_have_text("+44 7700 900103")
    other = await open_page(lead)
    await expect(other.locator("#phone-number")).to_have_text("+44 7700 900177")
    await expect(other.locator("#lead-status")).to_have_text("QUALIFYING")


async def test_dark_mode_is_dark(open_page: Open) -> None:
    page = await open_page(color_scheme="dark")
    script = "getComputedStyle(document.body).backgroundColor"
    assert await page.evaluate(script) == "rgb(20, 22, 26)"
    light = await open_page(color_scheme="light")
    assert await light.evaluate(script) == "rgb(250, 248, 244)"


async def test_phone_width_does_not_scroll_sideways(open_page: Open) -> None:
    page = await open_page(viewport={"width": 360, "height": 740})
    await write(page, "Hi")
    await expect(page.locator("#lead-step")).to_have_text("step 0")
    await write(page, "w" * 200)
    await expect(page.locator("#lead-step")).to_have_text("step 1")
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    await expect(page.locator("#gate-picture svg")).to_have_class("tall gate-open")


async def test_keyboard_only(open_page: Open) -> None:
    page = await open_page()
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    for _ in range(20):
        if await page.evaluate("document.activeElement.id") == "write":
            break
        await page.keyboard.press("Tab")
    await page.keyboard.type("Hi")
    await page.keyboard.press("Enter")
    await expect(page.locator("#lead-step")).to_have_text("step 0")
    for _ in range(20):
        if await page.evaluate("document.activeElement.id") == "fault-ok":
            break
        await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("#faults-say")).to_contain_text("Armed")


async def test_the_deposit_is_paid_from_the_chat(open_page: Open) -> None:
    page = await open_page()
    answers = [
        "Hi",
        "a fox",
        "arm",
        "8x12cm",
        "fine",
        "2",
        "no",
        "no",
        "£450",
        "London",
        "UK",
        "skip",
        "same",
        "flexible",
    ]
    for text in answers:
        turns = await page.locator(".event", has_text="the gate opened").count()
        await write(page, text)
        await expect(page.locator(".event", has_text="the gate opened")).to_have_count(turns + 1)
    await expect(page.locator("#lead-status")).to_have_text("PENDING_APPROVAL")
    await page.click("[data-action=approve]")
    async with page.context.expect_page() as opening:
        await page.locator("#chat a[target=_blank]").click()
    pay = await opening.value
    await pay.click("button[value=pay]")
    await expect(pay.locator(".notice.open")).to_contain_text("Paid")
    await pay.close()
    await expect(page.locator("#lead-status")).to_have_text("BOOKING_PENDING")


async def test_without_dialogue_the_page_says_so_and_the_phone_works(browser: Browser) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    async with running_sandbox(settings_for(nobody, sandbox_dialogue_url=nobody)) as running:
        page = await browser.new_page()
        await page.goto(running.url)
        await expect(page.locator("#lead-body")).to_contain_text("Dialogue does not answer")
        await write(page, "Hi")
        await expect(page.locator("#chat .bubble.right")).to_contain_text("Hi")
        await expect(page.locator("#links .link.down")).to_contain_text("dialogue")
        await page.close()


async def test_500_events_are_shown_each_once(open_page: Open, desk: Sandbox) -> None:
    page = await open_page()
    for number in range(60):
        await desk.json("POST", f"/sandbox/clients/{ANA}/messages", {"text": "banana" if number else "Hi"})
    await expect(page.locator(".event", has_text="the gate opened")).to_have_count(60)
    ids = await page.evaluate("[...document.querySelectorAll('.event')].map((row) => row.id)")
    assert len(ids) == len(set(ids))


async def test_a_lost_connection_is_shown_and_mended(browser: Browser, receiver: Receiver) -> None:
    async with running_receiver(receiver, free_port()) as url:
        settings = settings_for(url, sandbox_dialogue_url=f"http://127.0.0.1:{free_port()}")
        page = await browser.new_page()
        async with running_sandbox(settings):
            await page.goto(settings.base_url)
            await write(page, "before")
            await expect(page.locator("#chat .bubble.right")).to_contain_text("taken by intake")
        await expect(page.locator("#offline")).to_be_visible()
        async with running_sandbox(settings):
            await expect(page.locator("#offline")).to_be_hidden()
            # The sandbox forgets everything when it stops, and the page shows what is true now.
            await expect(page.locator("#chat")).to_contain_text("has not written yet")
            await page.close()
