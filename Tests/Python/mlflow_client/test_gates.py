"""What a user of the client sees when a policy guards the models: refusals that say what is missing, and no way round.

Needs a server of ours that enforces its policy and asks for a token, which ../test_mlflow_clients.py starts; with
MLflow's own server there is nothing to refuse.
"""

import os

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from refusals import refused

URL = os.environ.get("GATEHOUSE_ENFORCED_URL")
TOKEN = os.environ.get("GATEHOUSE_ENFORCED_TOKEN", "")

pytestmark = pytest.mark.skipif(not URL, reason="GATEHOUSE_ENFORCED_URL is not set: no server enforces a policy")


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    """One that carries the administrator's token: even he does not get past the gates."""
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", TOKEN)
    return MlflowClient(tracking_uri=URL)


def stage(client: MlflowClient, model: str, version: str) -> str:
    return client.get_model_version(model, version).current_stage


def test_without_a_token_nothing_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    for token in ["", "not-the-token"]:
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", token)
        with refused("UNAUTHENTICATED", "token", by_server=False):
            MlflowClient(tracking_uri=URL).search_experiments()


def test_a_token_as_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_TOKEN", raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "admin")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", TOKEN)
    assert "Default" in [experiment.name for experiment in MlflowClient(tracking_uri=URL).search_experiments()]


@pytest.mark.parametrize("target", ["Staging", "Production"])
def test_an_unchecked_version_stays_where_it_is(client: MlflowClient, model: str, version: str, target: str) -> None:
    with refused("PERMISSION_DENIED", f"may not move from None to {target}", "missing: ", "gatehouse "):
        client.transition_model_version_stage(model, version, target)
    assert stage(client, model, version) == "None"
    assert client.get_latest_versions(model, [target]) == []


def test_the_refusal_names_the_command_that_gets_what_is_missing(
    client: MlflowClient, model: str, version: str
) -> None:
    with refused("PERMISSION_DENIED", f"gatehouse evaluate {model} {version} --wait"):
        client.transition_model_version_stage(model, version, "Staging")


def test_archiving_the_others_is_refused_with_it(client: MlflowClient, model: str, version: str) -> None:
    with refused("PERMISSION_DENIED"):
        client.transition_model_version_stage(model, version, "Production", archive_existing_versions=True)
    assert stage(client, model, version) == "None"


def test_the_alias_that_stands_for_production(client: MlflowClient, model: str, version: str) -> None:
    with refused("PERMISSION_DENIED", "Production"):
        client.set_registered_model_alias(model, "champion", version)
    assert client.get_registered_model(model).aliases == {}
    with refused("PERMISSION_DENIED", "champion"):
        client.delete_registered_model_alias(model, "champion")
    client.set_registered_model_alias(model, "challenger", version)
    assert client.get_model_version_by_alias(model, "challenger").version == version


def test_tags_that_only_a_gate_writes(client: MlflowClient, model: str, version: str) -> None:
    for key in ["gate.accuracy.passed", "promotion.approved_by"]:
        with refused("PERMISSION_DENIED", key):
            client.set_model_version_tag(model, version, key, "true")
        with refused("PERMISSION_DENIED", key):
            client.set_registered_model_tag(model, key, "true")
        with refused("PERMISSION_DENIED", key):
            client.create_model_version(model, "s3://elsewhere/model", tags={key: "true"})
    assert client.get_model_version(model, version).tags == {}


def test_a_copy_starts_unchecked(client: MlflowClient, model: str, version: str) -> None:
    copy = client.copy_model_version(f"models:/{model}/{version}", f"{model}-copy")
    assert copy.current_stage == "None"
    with refused("PERMISSION_DENIED"):
        client.transition_model_version_stage(f"{model}-copy", copy.version, "Staging")


def test_everything_else_works_as_without_a_policy(client: MlflowClient, name: str) -> None:
    experiment = client.create_experiment(name)
    run = client.create_run(experiment)
    client.log_metric(run.info.run_id, "m", 1.0)
    client.log_text(run.info.run_id, "x", "a.txt")
    assert [item.path for item in client.list_artifacts(run.info.run_id)] == ["a.txt"]
    client.create_registered_model(name)
    made = client.create_model_version(name, f"runs:/{run.info.run_id}/model", run.info.run_id)
    client.set_model_version_tag(name, made.version, "k", "v")
    client.update_model_version(name, made.version, "why")
    client.transition_model_version_stage(name, made.version, "None")
    assert client.search_model_versions(f"name = '{name}'")[0].description == "why"


def test_nothing_loads_from_production(
    client: MlflowClient, model: str, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MlflowException):
        client.transition_model_version_stage(model, version, "Production")
    before = mlflow.get_tracking_uri()
    try:
        mlflow.set_tracking_uri(URL)
        with pytest.raises(MlflowException, match="Production"):
            mlflow.pyfunc.load_model(f"models:/{model}/Production")
    finally:
        mlflow.set_tracking_uri(before)
