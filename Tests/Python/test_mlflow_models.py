"""MLflow's REST calls about models and versions: searches against a reference computed here, pages, copies, hostile input."""

import http.client
import json
import re
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import Client, Server, started_server
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MODEL = "search"
PROMPT_TAG = "mlflow.prompt.is_prompt"


@dataclass(frozen=True)
class Registry:
    """A server as a client of MLflow's REST API sees it."""

    url: str
    token: str = ""

    def ask(self, method: str, path: str, fields: dict[str, Any] | None = None) -> tuple[int, dict]:
        """GET sends its fields as a query, everything else as JSON."""
        address = urllib.parse.urlsplit(self.url)
        target, body = f"/api/2.0/mlflow/{path}", None
        if method == "GET":
            target += "?" + urllib.parse.urlencode(fields or {}, doseq=True)
        else:
            body = json.dumps(fields or {})
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self.token}",
        }
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        try:
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        finally:
            connection.close()

    def __call__(self, method: str, path: str, **fields: Any) -> dict:
        status, answer = self.ask(method, path, fields)
        assert status == 200, (method, path, fields, status, answer)
        return answer

    def refused(self, method: str, path: str, **fields: Any) -> tuple[int, str, str]:
        status, answer = self.ask(method, path, fields)
        assert 400 <= status < 500, (method, path, fields, status, answer)
        return status, answer["error_code"], answer["message"]

    def versions(self, condition: str = "", **more: Any) -> list[tuple[str, int]]:
        found = self("GET", "model-versions/search", filter=condition, **more).get("model_versions", [])
        return [(version["name"], int(version["version"])) for version in found]


@pytest.fixture(scope="module")
def free(gatehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A server that behaves as MLflow does."""
    folder = tmp_path_factory.mktemp("free") / "data"
    with started_server(gatehouse, folder, "--default-policy", "off", "--insecure-no-auth", token="none") as server:
        yield Registry(server.url)


@dataclass(frozen=True)
class Made:
    """A version as it was registered."""

    name: str
    number: int
    run: str
    source: str
    tags: dict[str, str]


@pytest.fixture(scope="module")
def made(free: Registry) -> list[Made]:
    """Sixty versions of three models, with tags that differ in letter case, are empty, or look like patterns."""
    versions = []
    for model in ["search-a", "search-b", "Search_A"]:
        free("POST", "registered-models/create", name=model)
        for number in range(1, 21):
            tags = {"n": str(number % 3), "case": ["Abc", "abc", "aBC"][number % 3]}
            tags |= {"odd": ["", "50%", "a_b", "it's", 'a "b"'][number % 5]} if number % 2 else {}
            run = f"run-{number % 4}" if number % 3 else ""
            version = Made(model, number, run, f"s3://bucket/{model}/{number % 7}", tags)
            listed = [{"key": key, "value": value} for key, value in tags.items()]
            fields = {"run_id": run} if run else {}
            free(
                "POST",
                "model-versions/create",
                name=model,
                source=version.source,
                tags=listed,
                **fields,
            )
            versions.append(version)
    return versions


# MARK: search


def like(pattern: str, flags: int = 0) -> Callable[[str], bool]:
    wild = "".join({"%": ".*", "_": "."}.get(character, re.escape(character)) for character in pattern)
    return re.compile(wild, re.DOTALL | flags).fullmatch


OPERATORS: dict[str, Callable[[str, str], Any]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "LIKE": lambda left, right: like(right)(left),
    "ILIKE": lambda left, right: like(right.lower())(left.lower()),
}
NUMERIC: dict[str, Callable[[int, int], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
VALUES = [
    "search-a",
    "search-b",
    "SEARCH%",
    "%a",
    "run-1",
    "run-_",
    "run-%",
    "",
    "Abc",
    "ABC",
    "a%c",
    "50%",
    "a_b",
    "0",
    "%",
]

Condition = tuple[str, Callable[[Made], bool]]


def text_condition(key: str, read: Callable[[Made], str | None]) -> st.SearchStrategy[Condition]:
    def condition(operator: str, value: str, quote: str) -> Condition:
        def holds(version: Made) -> bool:
            actual = read(version)
            return actual is not None and bool(OPERATORS[operator](actual, value))

        return f"{key} {operator} {quote}{value}{quote}", holds

    return st.builds(
        condition,
        st.sampled_from(list(OPERATORS)),
        st.sampled_from(VALUES),
        st.sampled_from("'\""),
    )


def list_condition(key: str, read: Callable[[Made], str]) -> st.SearchStrategy[Condition]:
    def condition(word: str, values: list[str]) -> Condition:
        listed = ", ".join(f"'{value}'" for value in values)
        wanted = word.upper() == "IN"
        return (
            f"{key} {word} ({listed})",
            lambda version: (read(version) in values) == wanted,
        )

    return st.builds(
        condition,
        st.sampled_from(["IN", "in", "NOT IN"]),
        st.lists(st.sampled_from(VALUES), min_size=1, max_size=4),
    )


def number_condition(operator: str, value: int) -> Condition:
    return f"version_number {operator} {value}", lambda version: NUMERIC[operator](version.number, value)


CONDITIONS = st.one_of(
    text_condition("name", lambda version: version.name),
    text_condition("run_id", lambda version: version.run),
    text_condition("source_path", lambda version: version.source),
    text_condition("tags.n", lambda version: version.tags.get("n")),
    text_condition("tag.`case`", lambda version: version.tags.get("case")),
    text_condition('tags."odd"', lambda version: version.tags.get("odd")),
    list_condition("name", lambda version: version.name),
    list_condition("run_id", lambda version: version.run),
    st.builds(number_condition, st.sampled_from(list(NUMERIC)), st.integers(-1, 25)),
)


@settings(
    max_examples=250,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    conditions=st.lists(CONDITIONS, max_size=4),
    word=st.sampled_from([" AND ", " and ", "\nAnd "]),
)
def test_a_search_finds_what_its_conditions_say(
    free: Registry, made: list[Made], conditions: list[Condition], word: str
) -> None:
    text = word.join(condition for condition, _ in conditions)
    wanted = {(version.name, version.number) for version in made if all(holds(version) for _, holds in conditions)}
    ours = {version.name for version in made}
    assert {found for found in free.versions(text) if found[0] in ours} == wanted, text


@pytest.mark.parametrize("size", [1, 7, 20, 59, 60, 61])
@pytest.mark.parametrize(
    ("order", "key"),
    [
        (
            ["version_number DESC", "name"],
            lambda version: (-version.number, version.name),
        ),
        (
            ["name DESC"],
            lambda version: (
                [-ord(letter) for letter in version.name],
                -version.number,
            ),
        ),
        (["version_number"], lambda version: (version.number, version.name)),
    ],
)
def test_pages_hold_every_version_once_and_in_order(
    free: Registry,
    made: list[Made],
    size: int,
    order: list[str],
    key: Callable[[Made], Any],
) -> None:
    found, token = [], ""
    while True:
        more = {"page_token": token} if token else {}
        page = free(
            "GET",
            "model-versions/search",
            filter="name ILIKE 'search_%'",
            max_results=size,
            order_by=order,
            **more,
        )
        rows = page.get("model_versions", [])
        assert len(rows) <= size
        found += [(row["name"], int(row["version"])) for row in rows]
        if not (token := page.get("next_page_token", "")):
            break
        assert len(rows) == size
    assert found == [(version.name, version.number) for version in sorted(made, key=key)]


def test_the_default_order_is_the_last_update(free: Registry, made: list[Made]) -> None:
    free(
        "PATCH",
        "model-versions/update",
        name="search-a",
        version="3",
        description="touched",
    )
    assert free.versions("name ILIKE 'search_%'", max_results=1) == [("search-a", 3)]


def test_models_are_found_with_their_latest_versions_tags_and_aliases(free: Registry, made: list[Made]) -> None:
    free("POST", "registered-models/alias", name="search-b", alias="best", version="5")
    free("POST", "registered-models/set-tag", name="search-b", key="team", value="x")
    free(
        "POST",
        "model-versions/transition-stage",
        name="search-b",
        version="4",
        stage="Staging",
    )
    [model] = free("GET", "registered-models/search", filter="name = 'search-b'")["registered_models"]
    assert model["aliases"] == [{"alias": "best", "version": "5"}]
    assert model["tags"] == [{"key": "team", "value": "x"}]
    latest = {version["current_stage"]: version["version"] for version in model["latest_versions"]}
    assert latest == {"None": "20", "Staging": "4"}
    assert free("GET", "registered-models/get", name="search-b")["registered_model"] == model


def test_prompts_are_found_only_when_asked_for(free: Registry) -> None:
    prompt = [{"key": PROMPT_TAG, "value": "true"}]
    free("POST", "registered-models/create", name="hidden prompt", tags=prompt)
    free(
        "POST",
        "model-versions/create",
        name="hidden prompt",
        source="dummy-source",
        tags=prompt,
    )
    for condition in [
        "name = 'hidden prompt'",
        f"name = 'hidden prompt' AND tag.`{PROMPT_TAG}` != 'true'",
    ]:
        assert free("GET", "registered-models/search", filter=condition) == {}
        assert free.versions(condition) == []
    asked = f"tags.`{PROMPT_TAG}` = 'true' AND name = 'hidden prompt'"
    [model] = free("GET", "registered-models/search", filter=asked)["registered_models"]
    assert model["name"] == "hidden prompt"
    assert free.versions(asked) == [("hidden prompt", 1)]


# MARK: hostile input


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"filter": "name = '" + "x" * 10_000_000 + "'"}, "bytes"),
        ({"filter": " AND ".join(["name = 'x'"] * 101)}, "at most 100 comparisons"),
        (
            {"filter": "name IN (" + ",".join(["'x'"] * 1001) + ")"},
            "at most 1000 values",
        ),
        ({"filter": "(" * 50_000}, "Invalid clause"),
        ({"filter": "name = 'a' OR 1 = 1"}, "Invalid clause(s) in filter string: OR"),
        ({"filter": "name = ''; DROP TABLE model_version"}, "multiple expression"),
        ({"filter": "name LIKE '" + "%" * 20_000 + "'"}, "pattern"),
        ({"order_by": ["name"] * 11}, "at most 10"),
        ({"order_by": ["name; DROP TABLE model_version"]}, "Could not be parsed"),
        ({"page_token": "###"}, "Invalid page token"),
        ({"page_token": "A" * 200_000}, "Invalid page token"),
        ({"max_results": 0}, "positive"),
    ],
)
def test_a_search_that_asks_too_much_is_refused(free: Registry, fields: dict, words: str) -> None:
    # A GET may carry its fields as a body, which may be longer than a query.
    address = urllib.parse.urlsplit(free.url)
    for path in ["model-versions/search", "registered-models/search"]:
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        connection.request(
            "GET",
            f"/api/2.0/mlflow/{path}",
            json.dumps(fields),
            {"Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        body = json.loads(answer.read())
        connection.close()
        assert answer.status in (400, 413), (path, answer.status)
        assert words in body["message"], body
        assert len(body["message"]) < 2000
    assert free.versions("name = 'nobody'") == []


def test_a_value_is_never_part_of_the_statement(free: Registry, made: list[Made]) -> None:
    for value in [
        "' OR '1'='1",
        "x') --",
        "%'; DELETE FROM model_version; --",
        "\\",
        "\u0000",
        "𝄞",
    ]:
        quoted = f'name = "{value}"'
        status, _ = free.ask("GET", "model-versions/search", {"filter": quoted})
        assert status in (200, 400), quoted
    assert len(free.versions("name ILIKE 'search_%'")) == len(made)


# MARK: numbers, copies, deletion


def test_a_deleted_number_is_never_used_again(free: Registry) -> None:
    free("POST", "registered-models/create", name="counted")
    for wanted in ["1", "2", "3"]:
        made = free("POST", "model-versions/create", name="counted", source="s3://bucket/x")["model_version"]
        assert made["version"] == wanted
        free("DELETE", "model-versions/delete", name="counted", version=wanted)
    assert free.versions("name = 'counted'") == []
    assert free.refused("GET", "model-versions/get", name="counted", version="3")[:2] == (
        404,
        "RESOURCE_DOES_NOT_EXIST",
    )


def test_numbers_have_no_gaps_when_many_register_at_once(free: Registry) -> None:
    free("POST", "registered-models/create", name="crowded")
    numbers: list[int] = []

    def register() -> None:
        for _ in range(10):
            answer = free("POST", "model-versions/create", name="crowded", source="s3://bucket/x")
            numbers.append(int(answer["model_version"]["version"]))

    threads = [threading.Thread(target=register) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 81))


def test_a_copy_points_at_the_same_files(free: Registry) -> None:
    free("POST", "registered-models/create", name="origin")
    free("POST", "registered-models/create", name="copy")
    free(
        "POST",
        "model-versions/create",
        name="origin",
        source="s3://bucket/origin",
        run_id="r",
    )
    free("POST", "registered-models/alias", name="origin", alias="best", version="1")
    for source in ["models:/origin/1", "models:/origin@best", "models:/origin/latest"]:
        made = free("POST", "model-versions/create", name="copy", source=source)["model_version"]
        assert (made["source"], made["run_id"], made["current_stage"]) == (
            "models:/origin/1",
            "r",
            "None",
        )
        uri = free(
            "GET",
            "model-versions/get-download-uri",
            name="copy",
            version=made["version"],
        )
        assert uri == {"artifact_uri": "s3://bucket/origin"}
    again = free("POST", "model-versions/create", name="copy", source="models:/copy/1")["model_version"]
    free("DELETE", "model-versions/delete", name="origin", version="1")
    uri = free("GET", "model-versions/get-download-uri", name="copy", version=again["version"])
    assert uri == {"artifact_uri": "s3://bucket/origin"}
    wrong = free.refused(
        "POST",
        "model-versions/create",
        name="copy",
        source="models:/copy/1",
        run_id="other",
    )
    assert wrong[:2] == (400, "INVALID_PARAMETER_VALUE")
    assert "must match the referenced model version" in wrong[2]


def test_without_a_policy_a_version_in_production_may_go_and_its_model_be_renamed(
    free: Registry,
) -> None:
    free("POST", "registered-models/create", name="loose")
    for _ in range(2):
        free(
            "POST",
            "model-versions/create",
            name="loose",
            source="s3://bucket/x",
            tags=[{"key": "gate.x", "value": "1"}],
        )
    for version in ["1", "2"]:
        free(
            "POST",
            "model-versions/transition-stage",
            name="loose",
            version=version,
            stage="Production",
        )
    free("POST", "registered-models/rename", name="loose", new_name="looser")
    free("DELETE", "model-versions/delete", name="looser", version="2")
    free(
        "POST",
        "model-versions/set-tag",
        name="looser",
        version="1",
        key="promotion.y",
        value="1",
    )
    left = free("GET", "model-versions/get", name="looser", version="1")["model_version"]
    assert left["current_stage"] == "Production"
    assert {tag["key"] for tag in left["tags"]} == {"gate.x", "promotion.y"}
    free("DELETE", "registered-models/delete", name="looser")


def test_the_stage_that_a_version_is_in_may_be_asked_for_again(free: Registry) -> None:
    free("POST", "registered-models/create", name="again")
    for _ in range(2):
        free("POST", "model-versions/create", name="again", source="s3://bucket/x")
        version = free(
            "POST",
            "model-versions/transition-stage",
            name="again",
            version="1",
            stage="Staging",
        )
    free(
        "POST",
        "model-versions/transition-stage",
        name="again",
        version="2",
        stage="Staging",
    )
    later = free(
        "POST",
        "model-versions/transition-stage",
        name="again",
        version="1",
        stage="STAGING",
        archive_existing_versions=True,
    )["model_version"]
    assert later["last_updated_timestamp"] >= version["model_version"]["last_updated_timestamp"]
    assert free("GET", "model-versions/get", name="again", version="2")["model_version"]["current_stage"] == "Archived"


# MARK: under a policy


@pytest.fixture
def guarded(server: Server) -> Registry:
    """The same calls on a server that enforces its policy."""
    registry = Registry(server.url, server.token)
    registry("POST", "registered-models/create", name="guarded")
    registry("POST", "model-versions/create", name="guarded", source="s3://bucket/x")
    return registry


def test_no_door_of_mlflow_leads_past_the_gates(guarded: Registry, client: Client) -> None:
    stage = {"name": "guarded", "version": "1"}
    for target in ["Staging", "Production"]:
        status, code, message = guarded.refused("POST", "model-versions/transition-stage", stage=target, **stage)
        assert (status, code) == (403, "PERMISSION_DENIED")
        assert "missing: " in message
        assert "gatehouse " in message
    status, code, message = guarded.refused("POST", "registered-models/alias", alias="champion", **stage)
    assert (status, code) == (403, "PERMISSION_DENIED")
    for key in ["gate.auc.passed", "promotion.timestamp"]:
        for path, more in [
            ("model-versions/set-tag", stage),
            ("registered-models/set-tag", {"name": "guarded"}),
        ]:
            assert guarded.refused("POST", path, key=key, value="true", **more)[:2] == (
                403,
                "PERMISSION_DENIED",
            )
        tags = [{"key": key, "value": "true"}]
        made = guarded.refused(
            "POST",
            "model-versions/create",
            name="guarded",
            source="s3://bucket/y",
            tags=tags,
        )
        assert made[:2] == (403, "PERMISSION_DENIED")
    version = guarded("GET", "model-versions/get", **stage)["model_version"]
    assert (version["current_stage"], version.get("tags"), version.get("aliases")) == (
        "None",
        None,
        None,
    )
    refusals = [entry for entry in client.call("GET", "audit?limit=100")[1]["items"] if entry["outcome"] == "refused"]
    assert len(refusals) == 3


def test_aliases_of_other_names_are_free(guarded: Registry) -> None:
    guarded(
        "POST",
        "registered-models/alias",
        name="guarded",
        alias="challenger",
        version="1",
    )
    found = guarded("GET", "registered-models/alias", name="guarded", alias="challenger")["model_version"]
    assert (found["version"], found["aliases"]) == ("1", ["challenger"])
    guarded("DELETE", "registered-models/alias", name="guarded", alias="challenger")
    gone = guarded.refused("GET", "registered-models/alias", name="guarded", alias="challenger")
    assert gone[:2] == (400, "INVALID_PARAMETER_VALUE")
