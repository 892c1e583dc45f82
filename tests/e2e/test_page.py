"""The sandbox's page on the real services, in a real browser: a turn by typing, and a send that fails."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.e2e.stack import Client, Stack

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
WAIT_MS = 20_000

pytestmark = [
    pytest.mark.live,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="the page's tests need a system Chromium, and there is none"),
]

expect.set_options(timeout=WAIT_MS)


@pytest.fixture
async def page(clean_stack: Stack, client: Client) -> AsyncIterator[Page]:
    """The page with that client's chat open and both its streams connected. The page must report no error of its own."""
    errors: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        opened = await browser.new_page()
        opened.on("pageerror", lambda error: errors.append(str(error)))
        await opened.goto(f"{clean_stack.around.url('sandbox')}/#/client/{client.wa_id}")
        await expect(opened.locator("#links .link.up")).to_have_count(2)
        yield opened
        await browser.close()
    assert errors == []


async def write(page: Page, text: str) -> None:
    await page.fill("#write", text)
    await page.press("#write", "Enter")


async def test_the_step_moves_on_the_page_when_the_message_was_delivered(page: Page) -> None:
    await write(page, "Hi, do you have time for a new piece?")
    await expect(page.locator("#lead-step")).to_have_text("step 0")
    await write(page, "A small fox curled up in ferns, with a bit of colour")
    await expect(page.locator("#lead-step")).to_have_text("step 1")
    await expect(page.locator("#gate-words")).to_contain_text("Now: step 1.")
    await expect(page.locator("#gate-picture svg")).to_have_class("wide gate-open")
    change = page.locator(".event.change", has_text="step 0 → 1")
    await change.get_by_role("link", name="opened by").click()
    opener = page.locator(".event.out", has_text="Where on the body")
    await expect(opener).to_be_focused()
    await expect(opener.locator(".event-seen")).to_have_text("read")
    await expect(page.locator(".event", has_text="WhatsApp says")).to_have_count(0)


async def test_a_failed_send_is_said_and_moves_nothing(page: Page, clean_stack: Stack) -> None:
    await write(page, "Hi, do you have time for a new piece?")
    await expect(page.locator("#lead-step")).to_have_text("step 0")
    await page.check("#fault-fails")
    await expect(page.locator("#faults-say")).to_contain_text("Armed")
    await write(page, "A small fox curled up in ferns, with a bit of colour")
    await expect(page.locator("#gate-words")).to_have_text("✕ not delivered: nothing changed; she can be asked again.")
    await expect(page.locator(".mark.failed")).to_contain_text("not delivered")
    await expect(page.locator("#lead-step")).to_have_text("step 0")
    await expect(page.locator(".event.failed")).to_contain_text("the gate stays shut")
    await expect(page.locator(".event.change", has_text="step 0 → 1")).to_have_count(0)
    await page.click("[data-action=resend]")
    await expect(page.locator("#lead-step")).to_have_text("step 1")
    await clean_stack.check()
