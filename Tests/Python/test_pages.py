"""Every page, in real Chromium: light and dark, wide and narrow, with and without script. axe-core finds nothing, no request
leaves the host, nothing is written to the console, the page does not scroll sideways, and what people typed shows as text."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import hostile_traffic
from browser import barriers, chromium, follow, opened, sign_in
from pages import OPEN_PAGES, addresses
from playwright.sync_api import Browser, BrowserContext

from conftest import Client, Server, Story, started_server

BYTES_MAX = 60_000
WIDTHS = (1280, 390)
NOWHERE = "/nowhere"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def told(story: Story, gatehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a copy of the folder that the demo left."""
    token = (story.folder / "token").read_text().strip()
    folder = shutil.copytree(story.folder / "server", tmp_path_factory.mktemp("pages") / "server")
    with started_server(gatehouse, folder, token=token) as server:
        yield server


@pytest.fixture(scope="module")
def pages(told: Server) -> list[str]:
    return [*addresses(told.url, told.token), NOWHERE]


@pytest.fixture(scope="module")
def signed_in(browser: Browser, told: Server) -> list[dict]:
    """The cookies of an admin."""
    context = opened(browser, told.url)
    sign_in(context.new_page(), told.token)
    return context.cookies()


def looked_at(context: BrowserContext, server: Server, path: str, *, expected: int) -> list[str]:
    """What is wrong with one page."""
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(f"console: {message.text}") if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    host = urlsplit(server.url).netloc
    page.on("request", lambda request: urlsplit(request.url).netloc in (host, "") or wrong.append(f"asks {request.url}"))
    answer = page.goto(path)
    assert answer
    if answer.status != expected:
        wrong.append(f"status {answer.status}")
    # Chromium says of a page that is an error that it is one.
    wrong = [line for line in wrong if expected < 400 or "Failed to load resource" not in line]
    if len(answer.body()) > BYTES_MAX:
        wrong.append(f"{len(answer.body())} bytes")
    policy = answer.headers.get("content-security-policy", "")
    if "default-src 'none'" not in policy or "unsafe" in policy:
        wrong.append(f"policy {policy!r}")
    if page.locator("h1").count() != 1:
        wrong.append(f"{page.locator('h1').count()} h1")
    if page.locator("[style], style, script:not([src])").count():
        wrong.append("inline style or script")
    wrong += barriers(page)
    page.close()
    return wrong


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_sound_and_open_to_everybody(
    browser: Browser, told: Server, pages: list[str], signed_in: list[dict], scheme: str, width: int
) -> None:
    wrong = []
    context = opened(browser, told.url, color_scheme=scheme, viewport={"width": width, "height": 800})
    for path in OPEN_PAGES:
        wrong += [f"{path}: {what}" for what in looked_at(context, told, path, expected=200)]
    context.add_cookies(signed_in)
    for path in pages:
        expected = 404 if path == NOWHERE else 200
        wrong += [f"{path}: {what}" for what in looked_at(context, told, path, expected=expected)]
    context.close()
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_whole_without_script(
    browser: Browser, told: Server, pages: list[str], signed_in: list[dict], width: int
) -> None:
    # axe is a script itself; what the page asks for, how wide it is and what it says does not need it.
    context = opened(browser, told.url, java_script_enabled=False, viewport={"width": width, "height": 800})
    context.add_cookies(signed_in)
    page = context.new_page()
    for path in pages:
        answer = page.goto(path)
        assert answer and answer.status in (200, 404), path
        assert page.locator("h1").count() == 1, path
        assert page.locator("main").inner_text().strip(), path
    context.close()


@pytest.mark.parametrize("media", [{"forced_colors": "active"}, {"media": "print"}])
def test_every_page_shows_its_heading_in_forced_colours_and_on_paper(
    browser: Browser, told: Server, pages: list[str], signed_in: list[dict], media: dict
) -> None:
    context = opened(browser, told.url)
    context.add_cookies(signed_in)
    page = context.new_page()
    page.emulate_media(**media)
    for path in pages:
        page.goto(path)
        assert page.locator("h1").is_visible(), path
    context.close()


def test_titles_are_unique(browser: Browser, told: Server, pages: list[str], signed_in: list[dict]) -> None:
    context = opened(browser, told.url)
    context.add_cookies(signed_in)
    page = context.new_page()
    titles: dict[str, str] = {}
    for path in pages:
        page.goto(path)
        title = page.title()
        assert title.endswith("Gatehouse") and title not in titles, (path, titles.get(title))
        titles[title] = path
    context.close()


def test_styles_and_scripts_stay_small(browser: Browser, told: Server) -> None:
    sizes = {"css": 0, "javascript": 0}
    context = opened(browser, told.url)
    page = context.new_page()

    def note(response: object) -> None:
        kind = response.headers.get("content-type", "")
        for name in sizes:
            if name in kind:
                sizes[name] += len(response.body())

    page.on("response", note)
    page.goto("/sign-in", wait_until="networkidle")
    context.close()
    assert 0 < sizes["css"] <= 30_000 and 0 < sizes["javascript"] <= 25_000, sizes


SCRIPT = "<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">"


HOSTILE_MODEL = "%3Ci%3Em%27%22%26"


@pytest.fixture(scope="module")
def hostile(
    gatehouse: Path, example: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, list[str]]]:
    """A server on which every text that a client may send is an attempt to run script in a reader's browser, and the pages
    of its traffic."""
    folder = tmp_path_factory.mktemp("hostile")
    with started_server(gatehouse, folder / "data", "--default-policy", "warn") as server:
        client = Client(gatehouse, server)
        status, _ = client.call("POST", "models", {"name": "<i>m'\"&", "description": SCRIPT})
        assert status == 201
        status, _ = client.call(
            "POST", f"models/{HOSTILE_MODEL}/versions", {"source": f"s3://bucket/{SCRIPT}", "description": SCRIPT}
        )
        assert status == 201
        status, _ = client.call("PUT", f"models/{HOSTILE_MODEL}/versions/1/tags/note", {"value": SCRIPT})
        assert status == 200
        yield server, hostile_traffic.played(client, example, folder, "<i>m'\"&", HOSTILE_MODEL, SCRIPT)


HOSTILE_PAGES = ["/", "/models", "/models?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/sign-in?return_to=javascript:alert(1)"]
HOSTILE_PAGES += [
    f"/models/{HOSTILE_MODEL}",
    f"/models/{HOSTILE_MODEL}/1",
    f"/models/{HOSTILE_MODEL}/compare",
    f"/promotions?model={HOSTILE_MODEL}",
]


def test_what_people_enter_shows_as_text(browser: Browser, hostile: tuple[Server, list[str]]) -> None:
    server, traffic = hostile
    context = opened(browser, server.url)
    page = context.new_page()
    sign_in(page, server.token)
    for path in HOSTILE_PAGES + traffic:
        answer = page.goto(path)
        assert answer and answer.status == 200, path
        assert "broken" not in page.title(), path
        assert page.locator("main script, main img, main i").count() == 0, path
    for path in traffic[2:]:
        page.goto(path)
        said = page.locator("main").inner_text()
        assert any(text in said for text in ("<script>", "<img", "<i>")), path
    page.goto("/models")
    assert "<script>document.title='broken'</script>" in page.locator("main").inner_text()
    context.close()


def test_a_form_of_another_page_changes_nothing(browser: Browser, told: Server, signed_in: list[dict]) -> None:
    context = opened(browser, told.url)
    context.add_cookies(signed_in)
    answer = context.request.post("/theme", form={"theme": "dark", "back": "/"}, max_redirects=0)
    assert answer.status == 403 and "another sign-in" in answer.text()
    context.close()


def test_colours_are_chosen_and_kept(browser: Browser, told: Server, signed_in: list[dict]) -> None:
    context = opened(browser, told.url, color_scheme="light", java_script_enabled=False)
    context.add_cookies(signed_in)
    page = context.new_page()
    page.goto("/models")
    follow(page.get_by_role("button", name="dark"))
    assert urlsplit(page.url).path == "/models"
    assert page.locator("html").get_attribute("data-theme") == "dark"
    context.close()
