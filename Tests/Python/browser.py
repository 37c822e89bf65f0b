"""Debian's Chromium, driven by Playwright: what the tests of pages share."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

# Reached only when something is wrong, however busy the machine is.
WAIT_MILLISECONDS_MAX = 60_000
expect.set_options(timeout=WAIT_MILLISECONDS_MAX)
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@contextmanager
def chromium() -> Iterator[Browser]:
    """One browser. Skips where there is no Chromium to run."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("there is no chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        # In a container there is no user namespace for Chromium's own sandbox.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser: Browser, url: str, **options: object) -> BrowserContext:
    """A fresh profile on a server: no cookies, nothing moves, times in UTC."""
    context = browser.new_context(
        base_url=url, reduced_motion="reduce", timezone_id="UTC", locale="en-GB", **options
    )
    context.set_default_timeout(WAIT_MILLISECONDS_MAX)
    return context


def follow(what: Locator) -> None:
    """Clicks what leads to another page, and waits until that has loaded: before, what is read is half a page or the old
    one, and what is typed is lost."""
    with what.page.expect_navigation():
        what.click()


def sign_in(page: Page, secret: str, name: str = "", return_to: str = "/") -> None:
    page.goto(f"/sign-in?return_to={return_to}")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password or token").fill(secret)
    follow(page.get_by_role("button", name="Sign in"))


def barriers(page: Page) -> list[str]:
    """What axe finds on a page, and whether it scrolls sideways."""
    found = Axe().run(page, options=RULES).response["violations"]
    wrong = [f"axe: {item['id']}: {node['html'][:200]}" for item in found for node in item["nodes"]]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        wrong.append("scrolls sideways")
    return wrong
