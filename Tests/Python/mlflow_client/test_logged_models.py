"""Logged models, which every log_model of version 3 makes."""

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric
from refusals import refused

pytestmark = pytest.mark.since_3("logged models")


def made(client: MlflowClient, experiment: str, name: str, **options: object) -> str:
    return client.create_logged_model(experiment, name=name, **options).model_id


def test_from_pending_to_ready(client: MlflowClient, experiment: str, run_id: str) -> None:
    model = client.create_logged_model(
        experiment, "m", source_run_id=run_id, tags={"t": "1"}, params={"p": "2"}, model_type="agent"
    )
    assert model.status == "PENDING" and model.model_id.startswith("m-") and len(model.model_id) == 34
    assert model.artifact_location.endswith(f"/{experiment}/models/{model.model_id}/artifacts")
    client.finalize_logged_model(model.model_id, "READY")
    got = client.get_logged_model(model.model_id)
    assert (got.name, got.status, got.source_run_id, got.model_type) == ("m", "READY", run_id, "agent")
    assert (got.tags, got.params, got.experiment_id) == ({"t": "1"}, {"p": "2"}, experiment)
    assert got.last_updated_timestamp >= got.creation_timestamp > 1_600_000_000_000


def test_tags_and_deletion(client: MlflowClient, experiment: str) -> None:
    model = made(client, experiment, "m")
    client.set_logged_model_tags(model, {"a": "1", "b": "2"})
    client.delete_logged_model_tag(model, "a")
    assert client.get_logged_model(model).tags == {"b": "2"}
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.delete_logged_model_tag(model, "a")
    client.delete_logged_model(model)
    with refused("RESOURCE_DOES_NOT_EXIST", f"Logged model with ID '{model}' not found."):
        client.get_logged_model(model)
    assert client.search_logged_models([experiment]) == []


def test_more_params_than_one_call_takes(client: MlflowClient, experiment: str) -> None:
    params = {f"p{number}": str(number) for number in range(250)}
    model = mlflow.create_external_model("m", params=params, experiment_id=experiment)
    assert client.get_logged_model(model.model_id).params == params


@pytest.mark.parametrize("name", ["a/b", "a:b", "a.b", "a%b", 'a"b', "a'b"])
def test_names_that_are_refused(client: MlflowClient, experiment: str, name: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", by_server=False):
        made(client, experiment, name)


def test_metrics_of_a_model(client: MlflowClient, experiment: str, run_id: str, rows: pd.DataFrame) -> None:
    model = made(client, experiment, "m", source_run_id=run_id)
    data = mlflow.data.from_pandas(rows, name="train")
    with mlflow.start_run(run_id=run_id):
        mlflow.log_metric("loss", 0.5, model_id=model, dataset=data)
        mlflow.log_metrics({"score": 0.25}, model_id=model, step=3)
    metrics = {metric.key: metric for metric in client.get_logged_model(model).metrics}
    assert (metrics["loss"].value, metrics["loss"].dataset_name) == (0.5, "train")
    assert (metrics["score"].value, metrics["score"].step, metrics["score"].run_id) == (0.25, 3, run_id)
    assert client.get_run(run_id).data.metrics == {"loss": 0.5, "score": 0.25}


def test_search(client: MlflowClient, experiment: str, run_id: str) -> None:
    low = made(client, experiment, "low", source_run_id=run_id, params={"depth": "3"}, tags={"team": "Risk"})
    high = made(client, experiment, "high", model_type="agent", params={"depth": "4"})
    client.finalize_logged_model(high, "READY")
    for model, score in [(low, 0.25), (high, 0.75)]:
        client.log_batch(run_id, [Metric("score", score, 1, 0, model_id=model)])

    def found(condition: str, **options: object) -> list[str]:
        return [model.name for model in client.search_logged_models([experiment], condition, **options)]

    assert found("name = 'low'") == found("name LIKE 'l%'") == found("params.depth = '3'") == ["low"]
    assert found("metrics.score > 0.5") == found("model_type = 'agent'") == ["high"]
    assert found(f"source_run_id = '{run_id}' AND tags.team = 'Risk'") == ["low"]
    assert found("creation_timestamp > 0", order_by=[{"field_name": "metrics.score", "ascending": True}]) == [
        "low",
        "high",
    ]
    assert found("name != 'x'", order_by=[{"field_name": "metrics.score", "ascending": False}]) == ["high", "low"]
    for bad in ["nothing = '1'", "name > 'a'", "name = 'a' OR name = 'b'"]:
        with refused("INVALID_PARAMETER_VALUE"):
            found(bad)


def test_pages(client: MlflowClient, experiment: str) -> None:
    names = [f"m{number}" for number in range(5)]
    for name in names:
        made(client, experiment, name)
    seen, token = [], None
    for _ in range(3):
        page = client.search_logged_models(
            [experiment], max_results=2, page_token=token, order_by=[{"field_name": "name", "ascending": True}]
        )
        seen, token = seen + [model.name for model in page], page.token
    assert seen == names and not token


def test_links_between_runs_and_models(client: MlflowClient, experiment: str) -> None:
    model = made(client, experiment, "m")
    run, later = (client.create_run(experiment).info.run_id for _ in range(2))
    client.log_outputs(run, [mlflow.entities.LoggedModelOutput(model, step=7)])
    assert [(output.model_id, output.step) for output in client.get_run(run).outputs.model_outputs] == [(model, 7)]
    client.log_inputs(later, models=[mlflow.entities.LoggedModelInput(model)])
    assert [entry.model_id for entry in client.get_run(later).inputs.model_inputs] == [model]


def test_registration_is_noted_on_the_model(client: MlflowClient, experiment: str, name: str) -> None:
    model = made(client, experiment, "m")
    client.finalize_logged_model(model, "READY")
    mlflow.register_model(f"models:/{model}", name)
    assert client.get_model_version(name, "1").source == f"models:/{model}"
    assert name in client.get_logged_model(model).tags["mlflow.modelVersions"]
