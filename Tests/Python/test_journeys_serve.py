"""What people do on the pages of traffic, in real Chromium: on-call rolls back, a canary moves while somebody looks, a newcomer
turns a threshold in the playground."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import chromium, follow, opened, sign_in
from playwright.sync_api import Browser, Page, expect

from conftest import Client, started_server

PASSWORD = "correct horse battery"
POLICY = """\
model: {model}
enforcement: warn
rollout: {{steps: [5, 25, 100], step_min_duration: 1h, step_min_requests: 10, bake: 1h, rollback_on: {{error_rate: 0.01}}}}
"""
ENDPOINT = "endpoint: {model}\nmodel: {model}\nupstream: native\nunit: {{header: x-customer}}\n"
PEOPLE = {"on-call": ["operator:*"], "engineer": ["production-manager:*"], "reader": ["reviewer:*"]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def serving(gatehouse: Path, tmp_path_factory: pytest.TempPathFactory, example: Path) -> Iterator[Client]:
    """A server on which `pricing` is served by version 2 and version 1 was before, and `fraud` waits for its version 2."""
    folder = tmp_path_factory.mktemp("journeys")
    with started_server(gatehouse, folder / "data", "--default-policy", "warn") as server:
        client = Client(gatehouse, server)
        for name, grants in PEOPLE.items():
            assert client.call("POST", "users", {"name": name, "password": PASSWORD, "grants": grants})[0] == 201
        for model in ("pricing", "fraud"):
            assert client.call("POST", "models", {"name": model})[0] == 201
            for version in ("v1", "v2"):
                client("version", "create", model, "--model", example / "models" / version)
            move(client, model, 1, "Production")
        move(client, "pricing", 2, "Production")
        move(client, "fraud", 2, "Staging")
        for model in ("pricing", "fraud"):
            for kind, text in (("endpoint", ENDPOINT), ("policy", POLICY)):
                file = folder / f"{model}-{kind}.yaml"
                file.write_text(text.format(model=model))
                client(kind, "apply", file)
        yield client


def move(client: Client, model: str, version: int, stage: str) -> None:
    status, answer = client.call(
        "POST", f"models/{model}/versions/{version}/transitions", {"to": stage, "reason": "set up"}
    )
    assert status == 200, answer


@pytest.fixture(scope="module")
def cookies(browser: Browser, serving: Client) -> dict[str, list[dict]]:
    """Everybody's, signed in once."""
    found = {}
    for person in PEOPLE:
        context = opened(browser, serving.server.url)
        sign_in(context.new_page(), PASSWORD, name=person)
        found[person] = context.cookies()
        context.close()
    return found


@pytest.fixture
def look(browser: Browser, serving: Client, cookies: dict[str, list[dict]]) -> Iterator[Callable[[str, str], Page]]:
    """Opens a page as somebody."""
    contexts = []

    def look(person: str, path: str) -> Page:
        contexts.append(opened(browser, serving.server.url))
        contexts[-1].add_cookies(cookies[person])
        page = contexts[-1].new_page()
        page.goto(path)
        return page

    yield look
    for context in contexts:
        context.close()


def test_a_refused_rollback_says_why_and_keeps_what_was_typed(look: Callable[[str, str], Page]) -> None:
    page = look("on-call", "/traffic/pricing")
    form = page.locator("details.action", has_text="Roll back")
    form.locator("summary").click()
    form.get_by_label("Reason").fill("x")
    form.locator("input[name=to]").evaluate("field => field.value = '77'")
    follow(form.get_by_role("button"))
    expect(page.get_by_role("alert")).to_contain_text("Nothing was changed")
    expect(page.locator("details.action[open]").get_by_label("Reason")).to_have_value("x")


def test_on_call_rolls_back(look: Callable[[str, str], Page], serving: Client) -> None:
    page = look("on-call", "/traffic")
    follow(page.get_by_role("link", name="pricing", exact=True))
    expect(page.locator(".finding")).to_contain_text("pricing v2 answers")
    page.get_by_text("Roll back to v1", exact=True).first.click()
    # What will happen is said before it does, and a reason is asked for.
    form = page.locator("details.action", has_text="Roll back to v1")
    expect(form).to_contain_text("Traffic goes 100 % to v1. v2 stops answering.")
    form.get_by_role("button", name="Roll back to v1").click()
    assert form.get_by_label("Reason").evaluate("field => !field.validity.valid")
    form.get_by_label("Reason").fill("complaints from all branches since noon")
    follow(form.get_by_role("button", name="Roll back to v1"))

    expect(page.locator(".finding")).to_contain_text("pricing v1 answers")
    slots = serving.json("history", "pricing")["items"]
    assert slots[0]["version"] == 1
    entry = serving.call("GET", "audit?model=pricing&action=rollback.performed")[1]["items"][0]
    assert entry["principal"] == "user:on-call"
    assert entry["reason"] == "complaints from all branches since noon"


def test_what_is_not_there_is_said(look: Callable[[str, str], Page]) -> None:
    page = look("reader", "/traffic/fraud")
    expect(page.locator("#act")).to_contain_text("nothing to roll back to")
    assert page.get_by_role("button", name="Roll back").count() == 0
    for path in ("/rollouts/rol_none", "/traffic/nowhere", "/traffic/fraud/shadow?run=shr_none", "/slot-experiments/exp_none"):
        answer = page.goto(path)
        assert answer and answer.status == 404, path
    page.goto("/traffic/fraud/shadow")
    expect(page.locator(".finding")).to_contain_text("No version was ever in shadow at fraud")


def test_a_canary_moves_while_somebody_looks(look: Callable[[str, str], Page], serving: Client) -> None:
    rollout = serving.json("rollout", "start", "fraud", 2, "--reason", "it looked well")["id"]
    page = look("engineer", f"/rollouts/{rollout}")
    current = page.locator("[aria-current=step]")
    expect(current).to_contain_text("5 %")
    expect(page.locator(".finding")).to_contain_text("Step 1 of 3")
    # Who may not decide is told who may.
    reader = look("reader", f"/rollouts/{rollout}")
    expect(reader.locator("#decide")).to_contain_text("Roll back: that takes the role")
    assert reader.get_by_role("button", name="Roll back").count() == 0

    # Somebody is about to write a reason meanwhile.
    page.get_by_text("Hold it where it is", exact=True).first.click()
    reason = page.locator("details.action[open]").get_by_label("Reason")
    reason.fill("half a thou")

    assert serving.call("POST", f"rollouts/{rollout}/advance", {"reason": "seen enough"})[0] == 200
    expect(current).to_contain_text("25 %")
    expect(page.locator(".finding")).to_contain_text("Step 2 of 3")
    expect(reason).to_have_value("half a thou")

    reason.fill("half a thought, finished")
    follow(page.locator("details.action[open]").get_by_role("button", name="Hold it where it is"))
    expect(page.locator(".finding")).to_contain_text("nothing goes on at 25 %")
    assert serving.call("GET", f"rollouts/{rollout}")[1]["phase"] == "held"

    page.get_by_text("Roll back", exact=True).first.click()
    form = page.locator("details.action[open]")
    expect(form).to_contain_text("v1 answers everybody again, and v2 nobody")
    form.get_by_label("Reason").fill("not today")
    follow(form.get_by_role("button", name="Roll back"))
    expect(page.locator(".finding")).to_contain_text("v2 went back to v1")
    assert page.get_by_role("button", name="Roll back").count() == 0


def test_a_threshold_of_the_playground_flips_a_verdict(look: Callable[[str, str], Page]) -> None:
    page = look("reader", "/playground")
    row = page.get_by_role("row", name="accuracy")
    expect(row).to_contain_text("pass")
    page.get_by_label("Least AUC").fill("0.95")
    follow(page.get_by_role("button", name="Decide"))
    expect(row).to_contain_text("fail")
    expect(page.locator(".finding")).to_contain_text("Blocked: accuracy fails")
    # The address holds everything: whoever opens it sees the same.
    shown = page.locator("main").inner_text()
    assert "min_auc=0.95" in page.url
    page.goto(page.url)
    assert page.locator("main").inner_text() == shown


def test_a_group_ranked_worse_fails_fairness_and_a_bad_canary_goes_back(look: Callable[[str, str], Page]) -> None:
    page = look("reader", "/playground?group_auc=0.7&bad_after=0&new_errors=0.2&rate=50")
    expect(page.get_by_role("row", name="fairness")).to_contain_text("fail")
    expect(page.locator("#canary")).to_contain_text("rolled back")
    expect(page.locator("#canary")).to_contain_text("requests failed, more than 1.0 %")
    page.goto("/playground?new_errors=0.002&rate=50")
    expect(page.locator("#canary")).to_contain_text("promoted")


def test_a_number_outside_of_its_range_is_refused_with_the_range(look: Callable[[str, str], Page]) -> None:
    page = look("reader", "/playground?rows=1e999")
    for query in ("rows=nan", "rows=12.5", "auc=2", "seed=0", "judge_by=mood", "pairs=1e12"):
        answer = page.goto(f"/playground?{query}")
        assert answer and answer.status == 400, query
        expect(page.locator("main")).to_contain_text("is point or interval" if "judge" in query else "Give ")
