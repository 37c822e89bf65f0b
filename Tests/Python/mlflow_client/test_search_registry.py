"""Search of registered models and versions: every operator, order and page."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from mlflow import MlflowClient
from refusals import refused


@dataclass(frozen=True)
class Shelf:
    """Models `<prefix>-a`, `-b`, `-C`; three versions of the first, of which the second has a run."""

    prefix: str
    run_id: str


@pytest.fixture(scope="module")
def shelf(client: MlflowClient) -> Shelf:
    prefix = f"flow-shelf-{uuid.uuid4().hex[:12]}"
    run_id = client.create_run("0").info.run_id
    for letter in "abC":
        client.create_registered_model(f"{prefix}-{letter}", tags={"letter": letter, "of": prefix})
    client.set_registered_model_tag(f"{prefix}-a", "only", "here")
    client.create_model_version(f"{prefix}-a", "s3://b/1", tags={"k": "one"})
    client.create_model_version(f"{prefix}-a", f"runs:/{run_id}/model", run_id, tags={"k": "Two", "a b": "x"})
    client.create_model_version(f"{prefix}-a", "s3://b/3")
    return Shelf(prefix, run_id)


@pytest.fixture
def models(client: MlflowClient, shelf: Shelf) -> Callable[..., str]:
    def models(condition: str, *order: str) -> str:
        # Escaped: an underscore of the prefix would match anything.
        condition = condition.replace("NAME", shelf.prefix)
        found = client.search_registered_models(f"tags.of = '{shelf.prefix}' AND {condition}", order_by=list(order))
        return " ".join(model.name.removeprefix(f"{shelf.prefix}-") for model in found)

    return models


@pytest.fixture
def versions(client: MlflowClient, shelf: Shelf) -> Callable[..., str]:
    def versions(condition: str, *order: str) -> str:
        condition = condition.replace("RUN", shelf.run_id)
        filters = f"name = '{shelf.prefix}-a'" + (f" AND {condition}" if condition else "")
        return " ".join(
            str(version.version)
            for version in client.search_model_versions(filters, order_by=list(order) or ["version_number ASC"])
        )

    return versions


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("name = 'NAME-a'", "a"),
        ("name != 'NAME-a'", "C b"),
        ("name LIKE 'NAME-%'", "C a b"),
        ("name LIKE 'NAME-c'", ""),
        ("name ILIKE 'NAME-c'", "C"),
        ("tags.letter = 'a'", "a"),
        ("tag.letter != 'a'", "C b"),
        ("tags.`letter` LIKE '%'", "C a b"),
        ("tags.letter ILIKE 'c'", "C"),
        ("tags.only != 'there'", "a"),
        ('tags."only" = "here" AND name LIKE "%-a"', "a"),
        ("name IN ('NAME-a', 'NAME-b')", "a b"),
    ],
)
def test_filter_of_models(models: Callable[..., str], condition: str, expected: str) -> None:
    assert models(condition) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (["name ASC"], "C a b"),
        (["name DESC"], "b a C"),
        (["name"], "C a b"),
        (["last_updated_timestamp DESC", "name ASC"], "a C b"),
        (["timestamp ASC", "name DESC"], "b C a"),
    ],
)
def test_order_of_models(models: Callable[..., str], order: list[str], expected: str) -> None:
    by_time = "timestamp" in order[0]
    found = models("name LIKE '%'", *order)
    # Models of one millisecond fall back to the second key; only the touched model's place is certain.
    assert found == expected or (by_time and found.split(" ").index("a") == expected.split(" ").index("a"))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("", "1 2 3"),
        ("version_number = 2", "2"),
        ("version_number != 2", "1 3"),
        ("version_number > 1", "2 3"),
        ("version_number <= 2", "1 2"),
        ("run_id = 'RUN'", "2"),
        ("run_id IN ('RUN', 'x')", "2"),
        ("source_path = 's3://b/1'", "1"),
        ("source_path LIKE 's3://%'", "1 3"),
        ("source_path ILIKE 'S3://B/3'", "3"),
        ("tags.k = 'one'", "1"),
        ("tags.k != 'one'", "2"),
        ("tag.k ILIKE 't%'", "2"),
        ("tags.k LIKE 't%'", ""),
        ("tags.`a b` = 'x'", "2"),
    ],
)
def test_filter_of_versions(versions: Callable[..., str], condition: str, expected: str) -> None:
    assert versions(condition) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (["version_number DESC"], "3 2 1"),
        (["version_number"], "1 2 3"),
        (["name ASC", "version_number DESC"], "3 2 1"),
        (["creation_timestamp ASC", "version_number ASC"], "1 2 3"),
        (["last_updated_timestamp DESC", "version_number DESC"], "3 2 1"),
    ],
)
def test_order_of_versions(versions: Callable[..., str], order: list[str], expected: str) -> None:
    assert versions("", *order) == expected


def test_versions_of_several_models(client: MlflowClient, shelf: Shelf) -> None:
    found = client.search_model_versions(f"name IN ('{shelf.prefix}-a', '{shelf.prefix}-b')")
    assert [v.version for v in found] == ["3", "2", "1"]
    assert [v.version for v in client.search_model_versions(f"run_id = '{shelf.run_id}'")] == ["2"]


@pytest.mark.parametrize(
    "bad", ["name = 'a' OR name = 'b'", "name > 'a'", "nothing = 'a'", "tags.k > 'a'", "name ~ 'a'", "name"]
)
def test_bad_filters(client: MlflowClient, bad: str) -> None:
    with refused("INVALID_PARAMETER_VALUE"):
        client.search_registered_models(bad)
    with refused("INVALID_PARAMETER_VALUE"):
        client.search_model_versions(bad)


def test_bad_orders_and_sizes(client: MlflowClient) -> None:
    for order in ["nothing ASC", "name UP", "creation_timestamp"]:
        with refused("INVALID_PARAMETER_VALUE"):
            client.search_registered_models(order_by=[order])
    with refused("INVALID_PARAMETER_VALUE"):
        client.search_registered_models(max_results=1001)
    with refused("INVALID_PARAMETER_VALUE"):
        client.search_model_versions("name = 'x'", max_results=200_001)
    with refused("INVALID_PARAMETER_VALUE"):
        client.search_model_versions("current_stage = 'Production'")


def test_pages_hold_everything_once(client: MlflowClient, shelf: Shelf) -> None:
    seen, token = [], None
    for _ in range(2):
        page = client.search_registered_models(f"tags.of = '{shelf.prefix}'", max_results=2, page_token=token)
        seen, token = seen + [model.name[-1] for model in page], page.token
    assert seen == ["C", "a", "b"] and not token
    seen, token = [], None
    for _ in range(3):
        page = client.search_model_versions(f"name = '{shelf.prefix}-a'", 1, ["version_number ASC"], token)
        seen, token = seen + [version.version for version in page], page.token
    assert seen == ["1", "2", "3"] and not token
