"""What people come for, in real Chromium: why a version is blocked, opening a promotion, answering a review by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import test_review
from browser import barriers, chromium, follow, opened, sign_in
from playwright.sync_api import Browser, Page, expect
from test_pages import told as told
from test_review import ANSWERS, PASSWORD, TREE, House

from conftest import Client, Server

house = test_review.house


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def page_of(browser: Browser, server: Server, name: str = "", password: str = "", **options: object) -> Page:
    page = opened(browser, server.url, **options).new_page()
    sign_in(page, password or server.token, name)
    return page


def promotion_of(client: Client, version: int, state: str) -> dict:
    """From the audit log: the promotion of a version that ended so."""
    _, found = client.call("GET", f"audit?model=credit-risk&version={version}&action=promotion.requested")
    for entry in found["items"]:
        _, promotion = client.call("GET", f"promotions/{entry['facts']['promotion']}")
        if promotion["state"] == state:
            return promotion
    pytest.fail(f"no promotion of v{version} is {state}")


def test_a_scientist_sees_why_a_version_is_blocked(browser: Browser, told: Server, gatehouse: Path) -> None:
    promotion = promotion_of(Client(gatehouse, told), 2, "blocked")
    ratio = next(
        number
        for number in promotion["checks"]["fairness"]["measurements"]
        if number["metric"] == "impact_ratio" and number["subject"] == "business_size"
    )
    assert ratio["verdict"] == "fail"
    page = page_of(browser, told)
    page.goto("/models")
    follow(page.get_by_role("link", name="credit-risk", exact=True))
    follow(page.get_by_role("region", name="Versions").get_by_role("link", name="v2"))
    follow(page.get_by_role("region", name="Promotions").get_by_role("link", name="Staging"))
    finding = page.locator(".finding").inner_text()
    assert finding.startswith("Blocked. 1 of 6 gates keeps it out: fairness.")
    assert f"{ratio['value']:.3f}" in finding and f"at least {ratio['limit']['at_least']:.3f}" in finding
    row = page.get_by_role("region", name="Gates").get_by_role("row", name="fairness")
    words = row.inner_text()
    assert f"{ratio['lower']:.3f}…{ratio['upper']:.3f}" in words and f"{ratio['n']:,}" in words and "fail" in words
    follow(row.get_by_role("link", name="fairness"))
    expect(page.get_by_role("heading", level=1)).to_have_text("fairness of credit-risk v2")
    assert promotion["checks"]["fairness"]["reason"] in page.locator("main").inner_text()
    assert promotion["checks"]["fairness"]["inputs"]["artifact"].removeprefix("sha256:") in page.content()
    page.context.close()


def test_an_engineer_opens_a_promotion_and_somebody_without_the_role_is_told_so(browser: Browser, house: House) -> None:
    name = house.staged(required=1)
    page = page_of(browser, house.admin.server, "ben", PASSWORD)
    page.goto(f"/models/{name}/1")
    assert page.get_by_text("Open a promotion").count() == 0
    expect(page.get_by_text("To promote it takes the role")).to_be_visible()
    page.context.close()

    page = page_of(browser, house.admin.server, "rita", PASSWORD)
    page.goto(f"/models/{name}/1")
    page.get_by_text("Open a promotion").click()
    page.get_by_label("Target stage").select_option("Production")
    page.get_by_label("Environment").fill("no/such/place")
    page.get_by_label("Reason").fill("it ranks better")
    follow(page.get_by_role("button", name="Open the promotion"))
    expect(page.get_by_role("alert")).to_contain_text("Nothing was changed")
    # What was typed is still there, and the form stands open.
    expect(page.get_by_label("Reason")).to_have_value("it ranks better")
    page.get_by_label("Environment").fill("production")
    follow(page.get_by_role("button", name="Open the promotion"))
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Promote {name} v1 to Production")
    expect(page.locator(".finding")).to_contain_text("Waits for 1 of 1 approval")
    assert "it ranks better" in page.get_by_role("region", name="Request").inner_text()
    page.context.close()


def tab_to(page: Page, name: str) -> None:
    """Presses the tabulator until what has this name has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        said = page.evaluate(
            "() => { const e = document.activeElement;"
            " return e.labels?.[0]?.textContent || e.getAttribute('aria-label') || e.textContent; }"
        )
        if said.strip() == name:
            return
    pytest.fail(f"'{name}' cannot be reached with the keyboard")


def test_a_reviewer_approves_by_keyboard_alone(browser: Browser, house: House) -> None:
    name = house.staged(required=1)
    promotion = house.ask(name, "--reason", "it ranks better")
    reviewer = promotion["reviews"][0]["reviewer"].removeprefix("user:")
    questions = house.admin.json("review", "show", promotion["reviews"][0]["id"])["questions"]
    page = page_of(browser, house.admin.server, reviewer, PASSWORD)
    page.goto("/reviews")

    def press(what: str) -> None:
        tab_to(page, what)
        with page.expect_navigation():
            page.keyboard.press("Enter")

    press(f"{name} v1")
    press("Open the review")
    for panel in ("Gate results", "Known limitations"):
        press(f"Show: {panel}")
    expect(page.locator("#panel-limitations")).to_contain_text("No small firms.")
    page.goto(page.url.split("#")[0])
    for question in questions:
        tab_to(page, question["text"])
        page.keyboard.type(ANSWERS[question["key"]])
    for limitation in ("No small firms.", 'One country: "DE" only.'):
        tab_to(page, limitation)
        page.keyboard.press("Space")
    press("Complete the questionnaire")
    token = page.locator("#token code").inner_text()
    tab_to(page, "Token")
    page.keyboard.type(token)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".finding")).to_contain_text(f"{reviewer} approved {name} v1. 1 of 1 approval given.")
    assert house.stage(name) == "Production"
    shown = house.admin.json("review", "show", promotion["reviews"][0]["id"])
    assert sorted(shown["evidence_opened"]) == ["gates", "limitations"]
    assert {question["key"]: question["answer"] for question in shown["questions"]} == ANSWERS
    page.context.close()


def test_a_review_keeps_what_was_typed_and_says_what_is_missing(browser: Browser, house: House) -> None:
    name = house.staged(required=1)
    promotion = house.ask(name)
    review = promotion["reviews"][0]
    page = page_of(
        browser, house.admin.server, review["reviewer"].removeprefix("user:"), PASSWORD, java_script_enabled=False
    )
    page.goto(f"/reviews/{review['id']}")
    follow(page.get_by_role("button", name="Open the review"))
    page.locator("form[action$='/answers']").evaluate("form => form.noValidate = true")
    page.get_by_label("Does the improvement").fill("Two points of AUC.")
    follow(page.get_by_role("button", name="Complete the questionnaire"))
    expect(page.get_by_role("alert")).to_contain_text("known limitation not ticked: No small firms.")
    expect(page.get_by_label("Does the improvement")).to_have_value("Two points of AUC.")
    page.get_by_text("Reject", exact=True).first.click()
    page.get_by_label("Reason").fill("not in December")
    follow(page.get_by_role("button", name="Reject"))
    expect(page.locator(".finding")).to_contain_text("rejected")
    page.goto(f"/promotions/{promotion['id']}")
    expect(page.locator(".finding")).to_contain_text("Blocked. Rejected by a reviewer")
    page.context.close()


def test_a_reviewer_tries_edge_cases_without_script(browser: Browser, house: House) -> None:
    review = house.ask(house.staged(required=1, tree=TREE))["reviews"][0]
    server, reviewer = house.admin.server, review["reviewer"].removeprefix("user:")
    page = page_of(browser, server, reviewer, PASSWORD, java_script_enabled=False)
    page.goto(f"/reviews/{review['id']}")
    follow(page.get_by_role("button", name="Open the review"))
    follow(page.get_by_role("button", name="Show: Try edge cases"))
    panel = page.locator("#panel-trials")
    expect(panel).to_contain_text("No edge case was tried here.")
    expect(page.get_by_label("utilisation")).to_have_value("0.25")
    page.get_by_label("utilisation").fill("0.9")
    follow(page.get_by_role("button", name="Try it on v1"))
    row = panel.get_by_role("row", name="utilisation = 0.9")
    expect(row).to_contain_text("0.8022")
    # What was tried last is where the next one begins, and what was refused stays as it was typed.
    expect(page.get_by_label("utilisation")).to_have_value("0.9")
    page.get_by_label("utilisation").fill("")
    page.get_by_label("late_payments").fill("often")
    follow(page.get_by_role("button", name="Try it on v1"))
    expect(page.get_by_role("alert")).to_contain_text("'late_payments' must be")
    expect(page.get_by_label("utilisation")).to_have_value("")
    page.get_by_label("late_payments").fill("2")
    follow(page.get_by_role("button", name="Try it on v1"))
    expect(panel.get_by_role("row", name="utilisation = missing")).to_contain_text("0.1978")
    expect(page.locator("#questionnaire")).to_contain_text("2 edge cases were tried")
    page.context.close()
    # Others see what was tried, and no form.
    page = page_of(browser, server, "rita", PASSWORD, viewport={"width": 390, "height": 800})
    page.goto(f"/reviews/{review['id']}")
    expect(page.locator("#panel-trials")).to_contain_text("utilisation = missing")
    assert page.get_by_role("button", name="Try it on v1").count() == 0
    assert not barriers(page)
    page.context.close()


def test_who_asked_and_who_was_not_asked_cannot_decide(browser: Browser, house: House) -> None:
    name = house.staged(required=1)
    review = house.ask(name)["reviews"][0]
    for person, why in (("rita", "asked for this"), ("root", "lacks the role reviewer")):
        page = page_of(browser, house.admin.server, person, PASSWORD)
        page.goto(f"/reviews/{review['id']}")
        expect(page.locator(".notice").first).to_contain_text(why)
        assert page.get_by_role("button", name="Open the review").count() == 0
        assert page.get_by_role("button", name="Approve").count() == 0
        # What the page does not offer, the server refuses.
        token = page.locator("input[name=form_token]").first.get_attribute("value")
        for act in ("open", "approve", "reject"):
            answer = page.context.request.post(
                f"/reviews/{review['id']}/{act}", form={"form_token": token, "token": "x", "reason": "mine"}
            )
            assert answer.status == 403, (person, act, answer.status)
        page.context.close()
    assert house.stage(name) == "Staging"


def test_a_promotion_is_withdrawn_and_asked_for_again_on_its_page(browser: Browser, house: House) -> None:
    name = house.staged(required=1)
    promotion = house.ask(name, "--reason", "it ranks better")
    page = page_of(browser, house.admin.server, "ben", PASSWORD)
    page.goto(f"/promotions/{promotion['id']}")
    assert page.get_by_text("Withdraw this promotion").count() == 0
    page.context.close()

    page = page_of(browser, house.admin.server, "rita", PASSWORD)
    page.goto(f"/promotions/{promotion['id']}")
    page.get_by_text("Withdraw this promotion").click()
    page.get_by_label("Reason").fill("the wrong version")
    follow(page.get_by_role("button", name="Withdraw the promotion"))
    expect(page.locator(".finding")).to_have_text("Withdrawn by rita: the wrong version")
    expect(page.locator("#reviews")).to_contain_text("the promotion was withdrawn")
    page.goto("/promotions?state=withdrawn")
    expect(page.get_by_role("row", name=f"{name} v1")).to_contain_text("Withdrawn by rita")
    follow(page.get_by_role("link", name=f"{name} v1"))
    page.get_by_text("Ask for Production again").click()
    follow(page.get_by_role("button", name="Ask again"))
    expect(page.locator(".finding")).to_contain_text("Waits for 1 of 1 approval")
    assert promotion["id"] not in page.url
    # A new result is another matter than the one that reviewers were asked about.
    expect(page.get_by_role("region", name="Actions")).to_contain_text("voids their reviews")
    page.context.close()


def test_models_aliases_and_archives_on_pages(browser: Browser, house: House) -> None:
    name = house.staged(required=1)
    page = page_of(browser, house.admin.server, "root", PASSWORD)
    page.goto("/models")
    page.get_by_text("Register a model").click()
    page.get_by_label("Name", exact=True).fill(name)
    follow(page.get_by_role("button", name="Register the model"))
    expect(page.get_by_role("alert")).to_contain_text("Nothing was changed")
    page.get_by_label("Name", exact=True).fill(f"{name}-next")
    page.get_by_label("Description").fill("Ranks firms.")
    follow(page.get_by_role("button", name="Register the model"))
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name}-next")
    expect(page.locator("main")).to_contain_text("Ranks firms.")

    page.goto(f"/models/{name}")
    aliases = page.get_by_role("region", name="Aliases")
    aliases.get_by_text("Set an alias").click()
    aliases.get_by_label("Alias").fill("champion")
    aliases.get_by_label("Version").fill("1")
    follow(aliases.get_by_role("button", name="Set the alias"))
    expect(aliases.locator("details[open]")).to_contain_text("may not move from Staging to Production")
    aliases.get_by_label("Alias").fill("best")
    follow(aliases.get_by_role("button", name="Set the alias"))
    aliases.get_by_text("Delete an alias").click()
    follow(aliases.get_by_role("button", name="Delete the alias"))
    expect(aliases).to_contain_text("No alias points at a version.")

    page.goto(f"/models/{name}/1")
    page.get_by_text("Archive this version").click()
    form = page.locator("details[open]")
    form.get_by_label("Reason").fill("never used")
    follow(form.get_by_role("button", name="Archive it"))
    expect(page.locator(".finding")).to_contain_text("It is archived.")
    assert house.stage(name) == "Archived"
    page.context.close()
