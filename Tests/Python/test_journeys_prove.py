"""What auditors, policy owners and everybody does on the pages, in real Chromium: verify the log and see a tampered copy fail,
try a policy on the past, sign in and out, and read what went wrong."""

import base64
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import barriers, chromium, follow, opened, sign_in
from playwright.sync_api import Browser, Page, expect
from webhook_receiver import listening

from conftest import Client, Server, Story, started_server

PASSWORD = "correct horse battery staple"
DELIVERIES = 60


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def told(story: Story, gatehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    token = (story.folder / "token").read_text().strip()
    folder = shutil.copytree(story.folder / "server", tmp_path_factory.mktemp("prove") / "server")
    with started_server(gatehouse, folder, token=token) as server:
        yield server


@pytest.fixture(scope="module")
def client(gatehouse: Path, told: Server) -> Client:
    made = Client(gatehouse, told)
    for name, grants in {"auditor": ["auditor"], "owner": ["policy-owner"], "second-owner": ["policy-owner"], "viewer": ["viewer"]}.items():
        status, _ = made.call("POST", "users", {"name": name, "password": PASSWORD, "grants": grants})
        assert status == 201
    return made


def page_of(browser: Browser, server: Server, name: str, **options: object) -> Page:
    page = opened(browser, server.url, **options).new_page()
    sign_in(page, PASSWORD, name)
    return page


def the_finding(page: Page) -> str:
    return page.locator(".finding").first.inner_text()


def tampered(story: Story, folder: Path, *statements: str) -> Path:
    """A copy of the story's folder in which somebody wrote with another program."""
    shutil.copytree(story.folder / "server", folder)
    with sqlite3.connect(folder / "gatehouse.db") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert database.execute(statement).rowcount == 1, statement
    database.close()
    return folder


# Audit log


def test_an_auditor_verifies_the_log_and_follows_an_entry_to_the_signed_root(browser: Browser, told: Server, client: Client) -> None:
    page = page_of(browser, told, "auditor")
    follow(page.get_by_role("link", name="Audit log").first)
    follow(page.get_by_role("button", name="Verify now"))
    assert "Verified here, now, with this key." in the_finding(page)
    assert client.json("audit", "checkpoint")["root"] in page.locator("main").inner_text()
    page.get_by_label("What").select_option("transition.refused")
    follow(page.get_by_role("button", name="Filter"))
    rows = page.get_by_role("table", name="Entries").locator("tbody tr")
    assert rows.count() >= 1 and all("transition refused" in row for row in rows.all_inner_texts())
    follow(rows.first.get_by_role("link").first)
    expect(page.get_by_text("Proven here, now, with this server's key.")).to_be_visible()
    # As many hashes as a tree of this size asks for, and the root that the server publishes.
    page.locator("figure summary").click()
    hashes = page.get_by_role("table", name="Hashes, from the entry up")
    assert hashes.locator("tbody tr").last.inner_text().split("\t")[-1] == "the same"
    page.context.close()


def test_an_entry_that_was_changed_is_named(browser: Browser, story: Story, gatehouse: Path, tmp_path: Path) -> None:
    refused = "(SELECT MIN(sequence) FROM audit_entry WHERE outcome = 'refused')"
    folder = tampered(story, tmp_path / "server", f"UPDATE audit_entry SET outcome = 'granted' WHERE sequence = {refused}")
    with sqlite3.connect(folder / "gatehouse.db") as database:
        (sequence,) = database.execute("SELECT MIN(sequence) FROM audit_entry WHERE action = 'transition.refused'").fetchone()
    database.close()
    with started_server(gatehouse, folder, token=(story.folder / "token").read_text().strip()) as server:
        page = opened(browser, server.url).new_page()
        sign_in(page, server.token)
        page.goto("/audit")
        follow(page.get_by_role("button", name="Verify now"))
        assert "Not as it was signed. 1 record is wrong." in the_finding(page)
        follow(page.get_by_role("link", name=f"entry {sequence}", exact=True))
        # The signed entry is shown, and says what the database does not any more.
        expect(page.get_by_text("The database does not hold what was signed.")).to_be_visible()
        expect(page.get_by_text("✕ refused")).to_be_visible()
        # Pages that show it among others say so and stay up.
        for path in ["/", f"/audit?before={sequence + 1}"]:
            answer = page.goto(path)
            assert answer and answer.status == 200, path
            assert "cannot be shown" in page.locator("main").inner_text() or path == "/"
        page.context.close()


def test_a_reason_that_was_rewritten_is_named(browser: Browser, story: Story, gatehouse: Path, tmp_path: Path) -> None:
    last = "(SELECT MAX(sequence) FROM audit_text WHERE name = 'reason')"
    folder = tampered(
        story, tmp_path / "server", f"UPDATE audit_text SET text = 'nothing to see' WHERE name = 'reason' AND sequence = {last}"
    )
    with started_server(gatehouse, folder, token=(story.folder / "token").read_text().strip()) as server:
        page = opened(browser, server.url, java_script_enabled=False).new_page()
        sign_in(page, server.token)
        page.goto("/audit")
        follow(page.get_by_role("button", name="Verify now"))
        assert "Not as it was signed." in the_finding(page)
        assert "has another text 'reason'" in page.locator(".notice.bad").first.inner_text()
        page.context.close()


def test_who_may_not_read_the_log_is_told_who_may(browser: Browser, told: Server, client: Client) -> None:
    page = page_of(browser, told, "viewer")
    answer = page.goto("/audit")
    assert answer and answer.status == 403
    assert "takes the role auditor" in the_finding(page)
    assert page.goto("/audit/1").status == 403
    page.context.close()


# Policies


def test_an_edit_is_tried_on_the_past_proposed_and_approved_by_a_second_person(browser: Browser, told: Server, client: Client) -> None:
    page = page_of(browser, told, "owner")
    page.goto("/policies/credit-risk")
    page.get_by_text("Write a new version").click()
    source = page.get_by_label("Policy")
    text = source.input_value()
    assert "min_absolute_auc: 0.82" in text
    # A mistake is named with its place, and what was typed stays.
    source.fill(text.replace("enforcement: enforce", "enforcement: enforced"))
    follow(page.get_by_role("button", name="Propose"))
    assert "policy:3:" in page.get_by_role("alert").inner_text()
    source.fill(text.replace("min_absolute_auc: 0.82", "min_absolute_auc: 0.99"))
    follow(page.get_by_role("button", name="Try it on past versions"))
    assert "0 rules get looser, 1 stricter" in the_finding(page)
    replay = page.get_by_role("table", name="Past versions of credit-risk")
    assert "changes" in replay.get_by_role("row", name="v3").inner_text()
    # The command line says the same.
    page.go_back()
    follow(page.get_by_role("button", name="Propose"))
    assert "policy-owner" in page.locator("main").inner_text()
    assert page.get_by_role("button", name="Approve and put in force").count() == 0
    assert not barriers(page)
    address = page.url
    page.context.close()

    second = page_of(browser, told, "second-owner")
    second.goto(address)
    row = second.get_by_role("row", name="gates.accuracy.min_absolute_auc")
    assert "▲ stricter" in row.inner_text() and "0.82" in row.inner_text() and "0.99" in row.inner_text()
    second.get_by_text("Approve", exact=True).click()
    follow(second.get_by_role("button", name="Approve and put in force"))
    expect(second.get_by_role("heading", name="credit-risk@2")).to_be_visible()
    assert "min_absolute_auc: 0.99" in client("policy", "show", "credit-risk").stdout
    second.context.close()


# Signing in and out, errors


def test_signing_in_with_a_name_with_a_token_and_out_again(browser: Browser, told: Server, client: Client) -> None:
    page = opened(browser, told.url, java_script_enabled=False).new_page()
    page.goto("/policies")
    assert "/sign-in" in page.url
    page.get_by_label("Name").fill("viewer")
    page.get_by_label("Password or token").fill("wrong")
    follow(page.get_by_role("button", name="Sign in"))
    assert "Nothing was changed." in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Name").input_value() == "viewer"
    page.get_by_label("Password or token").fill(PASSWORD)
    follow(page.get_by_role("button", name="Sign in"))
    # Where they wanted to go.
    expect(page.get_by_role("heading", name="Policies", exact=True)).to_be_visible()
    follow(page.get_by_role("button", name="Sign out"))
    page.goto("/policies")
    assert "/sign-in" in page.url
    sign_in(page, told.token)
    expect(page.get_by_role("banner").get_by_text("token:admin")).to_be_visible()
    page.context.close()


def test_errors_say_what_and_what_to_do(browser: Browser, told: Server, client: Client) -> None:
    page = page_of(browser, told, "viewer")
    for path, status, what in [
        ("/policies/nobody-has-this", 404, "There is no policy for 'nobody-has-this'"),
        ("/runs/nothing", 404, "Run with id=nothing not found"),
        ("/settings/users", 403, "may not administer the server: that takes the role admin"),
        ("/experiments/abc", 400, "Invalid experiment ID"),
        ("/nothing-here", 404, "There is no page /nothing-here"),
    ]:
        answer = page.goto(path)
        assert answer and answer.status == status, path
        assert what in the_finding(page), path
        assert page.get_by_role("link", name="Go home").count() == 1
        # Whoever is signed in stays so, finds the way on, and can sign out.
        assert page.get_by_role("navigation", name="Site").count() == 1 and page.get_by_role("button", name="Sign out").count() == 1
    page.context.close()


# Settings and search


def test_a_token_is_shown_once_and_works(browser: Browser, told: Server, client: Client) -> None:
    page = opened(browser, told.url).new_page()
    sign_in(page, told.token)
    page.goto("/settings/tokens")
    page.get_by_text("Make a token").click()
    page.get_by_label("Name").fill("ci")
    page.get_by_label("May", exact=True).fill("registrant:credit-*")
    follow(page.get_by_role("button", name="Make the token"))
    secret = page.locator(".notice code").inner_text()
    assert not barriers(page)
    status, _ = client.call("GET", "models", token=secret)
    assert status == 200
    page.goto("/settings/tokens")
    assert secret not in page.content() and page.get_by_role("row", name="ci").count() == 1
    page.context.close()


def test_people_change_their_own_password_with_the_one_they_have(browser: Browser, told: Server, client: Client) -> None:
    status, _ = client.call("POST", "users", {"name": "changer", "password": PASSWORD, "grants": ["viewer"]})
    assert status == 201
    other, page = page_of(browser, told, "changer"), page_of(browser, told, "changer")
    page.goto("/settings")
    follow(page.get_by_role("link", name="Your password"))
    for present, words in [("not the one they have", "The present password is another one."), (PASSWORD, "at least 12 characters")]:
        page.get_by_label("Present password").fill(present)
        page.get_by_label("New password").fill("short")
        follow(page.get_by_role("button", name="Change the password"))
        assert words in page.get_by_role("alert").inner_text()
    stolen = page.context.cookies()
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_label("New password").fill(PASSWORD + " again")
    follow(page.get_by_role("button", name="Change the password"))
    assert "Your password is changed." in page.get_by_role("status").inner_text()
    assert not barriers(page)
    # This browser goes on, the other one does not, nor does a copy of what this one held; and the log says who did it.
    assert page.goto("/models").url.endswith("/models")
    assert "/sign-in" in other.goto("/models").url
    thief = opened(browser, told.url)
    thief.add_cookies(stolen)
    assert "/sign-in" in thief.new_page().goto("/models").url
    thief.close()
    entry = client.json("audit", "log", "--action", "password.changed", "--newest-first", "--limit", 1)["items"][0]
    assert entry["principal"] == "user:changer"
    sign_in(other, PASSWORD + " again", "changer")
    expect(other.get_by_role("banner").get_by_text("user:changer")).to_be_visible()
    for open_page in (page, other):
        open_page.context.close()


def test_who_signs_in_with_a_token_is_told_that_it_has_no_password(browser: Browser, told: Server) -> None:
    page = opened(browser, told.url).new_page()
    sign_in(page, told.token)
    page.goto("/settings/password")
    assert "has no password" in the_finding(page)
    page.context.close()


def test_the_secret_of_a_webhook_is_changed_and_shown_once(browser: Browser, gatehouse: Path, tmp_path: Path) -> None:
    with started_server(gatehouse, tmp_path / "data", "--webhook-allow-private") as server, listening() as receiver:
        client = Client(gatehouse, server)
        first = "whsec_" + base64.b64encode(bytes(32)).decode()
        hook = {"name": "hook", "url": receiver.url, "events": ["registered_model.created"], "secret": first}
        status, webhook = client.call("POST", "webhooks", hook)
        assert status == 201, webhook
        page = opened(browser, server.url).new_page()
        sign_in(page, server.token)
        page.goto(f"/settings/webhooks/{webhook['id']}")
        page.get_by_text("Sign with a new secret").click()
        for hours, words in [("721", "from 0 to 720"), ("24", "")]:
            page.get_by_label("Hours in which").fill(hours)
            follow(page.get_by_role("button", name="Use a new secret"))
            assert not words or words in page.get_by_role("alert").inner_text()
        second = page.locator(".notice code").inner_text()
        assert not barriers(page)
        page.goto(f"/settings/webhooks/{webhook['id']}")
        assert second not in page.content()
        expect(page.get_by_text("also with the old secret until")).to_be_visible()
        assert client.call("POST", "models", {"name": "m-0"})[0] == 201
        assert receiver.next().headers["webhook-signature"].count("v1,") == 2
        page.get_by_text("End the old secret now").click()
        follow(page.get_by_role("button", name="End the old secret"))
        expect(page.get_by_text("also with the old secret until")).to_have_count(0)
        # Enough for a second page of the log.
        for number in range(1, DELIVERIES + 1):
            assert client.call("POST", "models", {"name": f"m-{number}"})[0] == 201
        assert all(arrival.is_signed_with(second) for arrival in receiver.take(DELIVERIES))
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            page.reload()
            assert page.get_by_role("table", name="Deliveries").locator("tbody tr").count() == 50
            assert not barriers(page)
        follow(page.get_by_role("link", name="Older deliveries"))
        follow(page.get_by_role("table", name="Deliveries").get_by_role("link").last)
        expect(page.get_by_role("table", name="Attempts")).to_be_visible()
        assert not barriers(page)
        page.context.close()


def test_the_palette_finds_by_keyboard_alone_and_keys_can_be_turned_off(browser: Browser, told: Server, client: Client) -> None:
    page = page_of(browser, told, "auditor")
    page.keyboard.press("Control+k")
    page.keyboard.type("credit-risk 3")
    # The first of the list is what the key opens, and before all is typed another one may be.
    expect(page.get_by_role("dialog").get_by_role("link").first).to_contain_text("credit-risk v3")
    page.keyboard.press("Enter")
    page.wait_for_url("**/models/credit-risk/3")
    # Two keys belong together when no more than so much time lies between them: here it stands still.
    page.clock.install()
    page.goto("/settings/keys")
    page.get_by_role("button", name="Turn them off").click()
    page.goto("/")
    page.clock.pause_at("2099-01-01")
    page.keyboard.press("g")
    page.keyboard.press("p")
    # A key that nobody can turn off comes after them, so they were heard before it.
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.url.rstrip("/") == told.url
    page.goto("/settings/keys")
    page.get_by_role("button", name="Turn them on").click()
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/policies")
    page.context.close()


# What people write


SCRIPT = "<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">"


def test_what_people_write_in_policies_runs_and_reasons_shows_as_text(browser: Browser, gatehouse: Path, tmp_path: Path) -> None:
    with started_server(gatehouse, tmp_path / "data", "--webhook-allow-private") as server:
        client = Client(gatehouse, server)
        hook = {"name": "hook", "url": "http://127.0.0.1:9/", "description": SCRIPT, "events": ["policy.applied"]}
        status, webhook = client.call("POST", "webhooks", hook)
        assert status == 201, webhook
        policy = f"model: m\nenforcement: warn\n# {SCRIPT}\n"
        assert client.call("POST", "policies", {"yaml": policy})[0] == 200
        assert client.call("POST", "policies", {"yaml": policy.replace("warn", "off")})[0] == 200
        assert client.call("POST", "policies/confirm", {"model": "m", "reason": SCRIPT})[0] == 200
        page = opened(browser, server.url).new_page()
        sign_in(page, server.token)
        mlflow = {"headers": {"Authorization": f"Bearer {server.token}"}}

        def log(path: str, body: dict) -> dict:
            answer = page.request.post(f"/api/2.0/mlflow/{path}", data=body, **mlflow)
            assert answer.ok, answer.text()
            return answer.json()

        experiment = log("experiments/create", {"name": SCRIPT})["experiment_id"]
        run = log("runs/create", {"experiment_id": experiment, "run_name": SCRIPT, "start_time": 1})["run"]["info"]["run_id"]
        log("runs/log-parameter", {"run_id": run, "key": "p", "value": SCRIPT})
        log("runs/set-tag", {"run_id": run, "key": "t", "value": SCRIPT})
        newest = client.json("audit", "log", "--newest-first", "--limit", 1)["items"][0]["sequence"]
        for path in [
            "/", "/audit", f"/audit/{newest}", f"/audit/{newest - 1}", "/policies", "/policies/m", "/policies/m/diff", "/experiments",
            f"/experiments/{experiment}", f"/runs/{run}", "/search?q=%3Cscript%3Ealert(1)%3C/script%3E", f"/search?q={run}",
            "/audit?principal=%3Cimg%20src=x%3E", f"/settings/webhooks/{webhook['id']}",
        ]:  # fmt: skip
            answer = page.goto(path)
            assert answer and answer.status == 200, path
            assert page.title() != "broken", path
            assert page.locator("main script, main img").count() == 0, path
            assert not barriers(page), path
        page.context.close()
