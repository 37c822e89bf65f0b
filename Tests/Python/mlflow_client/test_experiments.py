"""Experiments: made, found, changed, deleted and restored."""

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import ViewType
from refusals import refused


def names(found: list) -> list[str]:
    return [experiment.name for experiment in found]


def test_set_experiment_creates_it_once(name: str) -> None:
    first = mlflow.set_experiment(name)
    assert mlflow.set_experiment(name).experiment_id == first.experiment_id
    assert first.lifecycle_stage == "active"
    assert first.artifact_location.endswith(f"/{first.experiment_id}")


def test_the_default_experiment_is_there(client: MlflowClient) -> None:
    assert client.get_experiment("0").name == "Default"
    assert client.get_experiment_by_name("Default").experiment_id == "0"


def test_create_with_tags_and_location(client: MlflowClient, name: str) -> None:
    made = client.create_experiment(name, artifact_location="s3://elsewhere/x", tags={"team": "risk", "empty": ""})
    found = client.get_experiment(made)
    assert (found.name, found.artifact_location) == (name, "s3://elsewhere/x")
    assert found.tags == {"team": "risk", "empty": ""}
    assert found.creation_time == found.last_update_time > 1_600_000_000_000


def test_a_name_is_taken_once(client: MlflowClient, name: str) -> None:
    made = client.create_experiment(name)
    with refused("RESOURCE_ALREADY_EXISTS", name):
        client.create_experiment(name)
    client.delete_experiment(made)
    with refused("RESOURCE_ALREADY_EXISTS", name):
        client.create_experiment(name)


def test_one_that_does_not_exist(client: MlflowClient, name: str) -> None:
    assert client.get_experiment_by_name(name) is None
    with refused("RESOURCE_DOES_NOT_EXIST", "No Experiment with id=99999999 exists"):
        client.get_experiment("99999999")


def test_rename_and_tags(client: MlflowClient, name: str, experiment: str) -> None:
    client.rename_experiment(experiment, f"{name}-b")
    client.set_experiment_tag(experiment, "k", "v")
    client.set_experiment_tag(experiment, "k", "w")
    found = client.get_experiment(experiment)
    assert (found.name, found.tags["k"]) == (f"{name}-b", "w")
    assert found.last_update_time >= found.creation_time


@pytest.mark.since_3("delete_experiment_tag")
def test_delete_a_tag(client: MlflowClient, experiment: str) -> None:
    client.set_experiment_tag(experiment, "k", "v")
    client.delete_experiment_tag(experiment, "k")
    assert "k" not in client.get_experiment(experiment).tags


def test_delete_takes_the_runs_along_and_restore_brings_them_back(client: MlflowClient, experiment: str) -> None:
    run = client.create_run(experiment).info.run_id
    client.delete_experiment(experiment)
    assert client.get_experiment(experiment).lifecycle_stage == "deleted"
    assert client.get_run(run).info.lifecycle_stage == "deleted"
    with refused("INVALID_PARAMETER_VALUE", "must be in the 'active' state"):
        client.create_run(experiment)
    client.restore_experiment(experiment)
    assert client.get_experiment(experiment).lifecycle_stage == "active"
    assert client.get_run(run).info.lifecycle_stage == "active"


def test_setting_a_deleted_experiment_is_refused(client: MlflowClient, name: str, experiment: str) -> None:
    client.delete_experiment(experiment)
    with refused("INVALID_PARAMETER_VALUE", "deleted experiment", by_server=False):
        mlflow.set_experiment(name)


def test_search_with_every_kind_of_filter(client: MlflowClient, name: str) -> None:
    made = [client.create_experiment(f"{name}-{letter}", tags={"n": letter, "of": name}) for letter in "abC"]

    def found(condition: str, order: list[str] | None = None) -> list[str]:
        ours = f"tags.of = '{name}' AND {condition}"
        order = order or ["name ASC"]
        return [e.name.removeprefix(f"{name}-") for e in client.search_experiments(filter_string=ours, order_by=order)]

    assert found(f"name = '{name}-a'") == ["a"]
    assert found(f"attribute.name != '{name}-a'") == ["C", "b"]
    assert found(f"name LIKE '{name}-%'", ["name DESC"]) == ["b", "a", "C"]
    assert found(f"name ILIKE '{name}-c'") == ["C"]
    assert found("tags.n = 'b'") == ["b"]
    assert found("tags.`n` LIKE '%'", ["creation_time ASC", "experiment_id ASC"]) == ["a", "b", "C"]
    assert found("creation_time > 0", ["experiment_id DESC"]) == ["C", "b", "a"]
    assert found("last_update_time < 5") == []
    assert [e.experiment_id for e in client.search_experiments(filter_string=f"tags.of = '{name}'")] == made[::-1]


def test_search_by_state_and_by_page(client: MlflowClient, name: str) -> None:
    made = [client.create_experiment(f"{name}-{number}", tags={"of": name}) for number in range(5)]
    client.delete_experiment(made[1])
    ours = {"filter_string": f"tags.of = '{name}'", "order_by": ["name ASC"]}
    assert len(client.search_experiments(view_type=ViewType.ACTIVE_ONLY, **ours)) == 4
    assert names(client.search_experiments(view_type=ViewType.DELETED_ONLY, **ours)) == [f"{name}-1"]
    seen, token = [], None
    for _ in range(3):
        page = client.search_experiments(view_type=ViewType.ALL, max_results=2, page_token=token, **ours)
        seen, token = seen + names(page), page.token
    assert (seen, token) == ([f"{name}-{number}" for number in range(5)], None)


def test_bad_searches(client: MlflowClient) -> None:
    for bad in ["name = 'a' OR name = 'b'", "nothing = 'a'", "name > 'a'", "name = a", "creation_time = 'x'"]:
        with refused("INVALID_PARAMETER_VALUE"):
            client.search_experiments(filter_string=bad)
    with refused("INVALID_PARAMETER_VALUE"):
        client.search_experiments(max_results=50_001)
    with refused("INVALID_PARAMETER_VALUE"):
        client.search_experiments(order_by=["nothing ASC"])
