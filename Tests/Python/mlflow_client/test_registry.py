"""Registered models and versions: names, numbers, descriptions, tags, aliases, stages."""

import warnings

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from refusals import refused

warnings.filterwarnings("ignore", message=".*model registry stages.*")

SOURCE = "s3://elsewhere/model"


def test_create_and_get(client: MlflowClient, name: str) -> None:
    made = client.create_registered_model(name, tags={"a": "b", "empty": ""}, description="what it is")
    got = client.get_registered_model(name)
    assert (made.name, got.description, got.tags) == (name, "what it is", {"a": "b", "empty": ""})
    assert got.creation_timestamp == got.last_updated_timestamp > 1_600_000_000_000
    assert got.latest_versions == [] and got.aliases == {}


def test_a_name_is_taken_once(client: MlflowClient, model: str) -> None:
    with refused("RESOURCE_ALREADY_EXISTS", f"Registered Model (name={model}) already exists"):
        client.create_registered_model(model)
    client.create_registered_model(model.upper())


@pytest.mark.parametrize("bad", ["", " ", "a/b", "a:b"])
def test_names_that_are_refused(client: MlflowClient, bad: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", by_server=False):
        client.create_registered_model(bad)


def test_what_does_not_exist(client: MlflowClient, name: str) -> None:
    with refused("RESOURCE_DOES_NOT_EXIST", f"Registered Model with name={name} not found"):
        client.get_registered_model(name)
    with refused("RESOURCE_DOES_NOT_EXIST", f"Registered Model with name={name} not found"):
        client.create_model_version(name, SOURCE)
    client.create_registered_model(name)
    with refused("RESOURCE_DOES_NOT_EXIST", f"Model Version (name={name}, version=9) not found"):
        client.get_model_version(name, "9")
    with refused("RESOURCE_DOES_NOT_EXIST", f"Model Version (name={name}, version=9) not found"):
        client.set_model_version_tag(name, "9", "k", "v")


def test_rename_takes_everything_along(client: MlflowClient, model: str, version: str) -> None:
    client.set_registered_model_tag(model, "k", "v")
    client.set_registered_model_alias(model, "champion", version)
    client.set_model_version_tag(model, version, "t", "1")
    client.rename_registered_model(model, f"{model}-new")
    got = client.get_registered_model(f"{model}-new")
    assert (got.tags, got.aliases) == ({"k": "v"}, {"champion": "1"})
    assert client.get_model_version(f"{model}-new", "1").tags == {"t": "1"}
    assert client.get_model_version_by_alias(f"{model}-new", "champion").version == "1"
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.get_registered_model(model)
    client.create_registered_model(model)
    with refused("RESOURCE_ALREADY_EXISTS"):
        client.rename_registered_model(model, f"{model}-new")


def test_descriptions(client: MlflowClient, model: str, version: str) -> None:
    client.update_registered_model(model, "of the model")
    client.update_model_version(model, version, "of the version")
    assert client.get_registered_model(model).description == "of the model"
    assert client.get_model_version(model, version).description == "of the version"
    client.update_registered_model(model, "")
    assert not client.get_registered_model(model).description


def test_tags_of_models_and_versions(client: MlflowClient, model: str, version: str) -> None:
    client.set_registered_model_tag(model, "k", "1")
    client.set_registered_model_tag(model, "k", 2)
    client.set_model_version_tag(model, version, "ü a/b", "✓" * 20_000)
    assert client.get_registered_model(model).tags == {"k": "2"}
    assert client.get_model_version(model, version).tags == {"ü a/b": "✓" * 20_000}
    for _ in range(2):
        client.delete_registered_model_tag(model, "k")
        client.delete_model_version_tag(model, version, "ü a/b")
    assert client.get_registered_model(model).tags == client.get_model_version(model, version).tags == {}


def test_a_tag_by_stage(client: MlflowClient, model: str, version: str) -> None:
    client.transition_model_version_stage(model, version, "Staging")
    client.set_model_version_tag(model, key="k", value="v", stage="Staging")
    assert client.get_model_version(model, version).tags == {"k": "v"}


def test_numbers_are_never_used_again(client: MlflowClient, model: str) -> None:
    for expected in ["1", "2", "3"]:
        assert client.create_model_version(model, SOURCE).version == expected
    client.delete_model_version(model, "3")
    client.delete_model_version(model, "1")
    assert client.create_model_version(model, SOURCE).version == "4"
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.get_model_version(model, "3")
    assert [v.version for v in client.search_model_versions(f"name = '{model}'", order_by=["version_number ASC"])] == [
        "2",
        "4",
    ]


def test_what_a_version_keeps(client: MlflowClient, model: str, run_id: str) -> None:
    made = client.create_model_version(
        model, f"runs:/{run_id}/model", run_id, tags={"a": "b"}, run_link="http://x/1", description="why"
    )
    got = client.get_model_version(model, made.version)
    assert (got.source, got.run_id, got.run_link) == (f"runs:/{run_id}/model", run_id, "http://x/1")
    assert (got.tags, got.description, got.status, got.current_stage) == ({"a": "b"}, "why", "READY", "None")
    assert client.get_model_version_download_uri(model, made.version) == got.source


@pytest.mark.parametrize(
    "source", ["/etc/passwd", "file:///etc", "mlflow-artifacts:/../x", "s3://b/../c", "s3://b/%2e%2e/c"]
)
def test_sources_that_are_refused(client: MlflowClient, model: str, source: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", by_server=False):
        client.create_model_version(model, source)


def test_deleting_a_model_deletes_all_of_it(client: MlflowClient, model: str, version: str) -> None:
    client.set_registered_model_alias(model, "champion", version)
    client.transition_model_version_stage(model, version, "Production")
    client.delete_registered_model(model)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.get_registered_model(model)
    assert client.search_model_versions(f"name = '{model}'") == []
    # MLflow begins with 1 again; a server may also never use a number twice.
    client.create_registered_model(model)
    again = client.create_model_version(model, SOURCE)
    assert [v.version for v in client.search_model_versions(f"name = '{model}'")] == [again.version]


def test_aliases_move_and_go(client: MlflowClient, model: str) -> None:
    for _ in range(2):
        client.create_model_version(model, SOURCE)
    client.set_registered_model_alias(model, "champion", "1")
    client.set_registered_model_alias(model, "Champion", "1")
    client.set_registered_model_alias(model, "champion", "2")
    assert client.get_registered_model(model).aliases == {"champion": "2", "Champion": "1"}
    assert client.get_model_version(model, "2").aliases == ["champion"]
    assert client.get_model_version_by_alias(model, "champion").version == "2"
    for _ in range(2):
        client.delete_registered_model_alias(model, "champion")
    with refused("INVALID_PARAMETER_VALUE", "Registered model alias champion not found"):
        client.get_model_version_by_alias(model, "champion")
    client.delete_model_version(model, "1")
    assert client.get_registered_model(model).aliases == {}


@pytest.mark.parametrize("alias", ["a b", "a.b", "latest", "LATEST", "v1", "V22", "", "x" * 256, "a/b"])
def test_aliases_that_are_refused(client: MlflowClient, model: str, version: str, alias: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", by_server=False):
        client.set_registered_model_alias(model, alias, version)


@pytest.mark.parametrize("alias", ["1", "v1x", "a-b_c", "überprüft", "x" * 255, "vv1"])
def test_aliases_that_are_taken(client: MlflowClient, model: str, version: str, alias: str) -> None:
    client.set_registered_model_alias(model, alias, version)
    assert client.get_model_version_by_alias(model, alias).version == version


def test_stages(client: MlflowClient, model: str) -> None:
    for _ in range(3):
        client.create_model_version(model, SOURCE)

    def stages() -> list[str]:
        return [client.get_model_version(model, str(number)).current_stage for number in (1, 2, 3)]

    moved = client.transition_model_version_stage(model, "1", "production")
    assert (moved.current_stage, moved.version) == ("Production", "1")
    client.transition_model_version_stage(model, "2", "Production")
    assert stages() == ["Production", "Production", "None"]
    client.transition_model_version_stage(model, "3", "Production", archive_existing_versions=True)
    assert stages() == ["Archived", "Archived", "Production"]
    client.transition_model_version_stage(model, "1", "None")
    client.transition_model_version_stage(model, "2", "STAGING")
    assert stages() == ["None", "Staging", "Production"]
    with refused("INVALID_PARAMETER_VALUE", "Invalid Model Version stage: Canary. Value must be one of"):
        client.transition_model_version_stage(model, "1", "Canary")
    latest = {v.current_stage: v.version for v in client.get_registered_model(model).latest_versions}
    assert latest == {"None": "1", "Staging": "2", "Production": "3"}


def test_latest_versions_by_stage(client: MlflowClient, model: str) -> None:
    for _ in range(3):
        client.create_model_version(model, SOURCE)
    client.transition_model_version_stage(model, "1", "Staging")
    client.transition_model_version_stage(model, "2", "Staging")
    assert [v.version for v in client.get_latest_versions(model, ["Staging"])] == ["2"]
    assert {v.version for v in client.get_latest_versions(model)} == {"2", "3"}
    assert client.get_latest_versions(model, ["Production"]) == []
    with refused("INVALID_PARAMETER_VALUE", "Invalid Model Version stage"):
        client.get_latest_versions(model, ["Canary"])


def test_addresses_without_an_answer(model: str) -> None:
    for uri in [
        f"models:/{model}/7",
        f"models:/{model}/Production",
        f"models:/{model}@nobody",
        f"models:/{model}/latest",
    ]:
        with pytest.raises(MlflowException):
            mlflow.pyfunc.load_model(uri)
