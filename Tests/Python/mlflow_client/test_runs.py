"""Runs with parameters, metrics and tags: written in every way the client has, and read back."""

import math

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from refusals import refused


def test_the_fluent_interface_end_to_end(client: MlflowClient, experiment: str) -> None:
    with mlflow.start_run(run_name="first", description="why") as run:
        mlflow.log_param("p", 1)
        mlflow.log_params({"q": 2.5, "r": None})
        mlflow.log_metric("m", 0.5, step=1)
        mlflow.log_metrics({"n": 1.0, "o": 2}, step=3)
        mlflow.set_tag("t", "v")
        mlflow.set_tags({"u": 1, "empty": ""})
        assert client.get_run(run.info.run_id).info.status == "RUNNING"
    got = client.get_run(run.info.run_id)
    assert got.data.params == {"p": "1", "q": "2.5", "r": "None"}
    assert got.data.metrics == {"m": 0.5, "n": 1.0, "o": 2.0}
    assert {key: got.data.tags[key] for key in ["t", "u", "empty"]} == {"t": "v", "u": "1", "empty": ""}
    assert got.data.tags["mlflow.runName"] == got.info.run_name == "first"
    assert got.data.tags["mlflow.note.content"] == "why"
    assert (got.info.status, got.info.experiment_id) == ("FINISHED", experiment)
    assert got.info.end_time >= got.info.start_time
    assert got.info.artifact_uri.endswith(f"/{experiment}/{run.info.run_id}/artifacts")


def test_a_failed_run_and_one_that_goes_on_later(client: MlflowClient, experiment: str) -> None:
    with pytest.raises(RuntimeError), mlflow.start_run() as run:
        raise RuntimeError("stop")
    assert client.get_run(run.info.run_id).info.status == "FAILED"
    with mlflow.start_run(run_id=run.info.run_id):
        assert client.get_run(run.info.run_id).info.status == "RUNNING"
        mlflow.log_metric("later", 1)
    assert client.get_run(run.info.run_id).info.status == "FINISHED"


def test_nested_runs(client: MlflowClient, experiment: str) -> None:
    with mlflow.start_run() as parent, mlflow.start_run(nested=True) as child:
        pass
    assert client.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id
    found = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
    assert [run.info.run_id for run in found] == [child.info.run_id]


def test_a_run_without_a_name_gets_one_and_can_be_renamed(client: MlflowClient, experiment: str) -> None:
    run = client.create_run(experiment, start_time=1_700_000_000_000)
    assert run.info.run_name and run.data.tags["mlflow.runName"] == run.info.run_name
    assert run.info.start_time == 1_700_000_000_000 and run.info.end_time is None
    client.update_run(run.info.run_id, status="KILLED", name="other")
    got = client.get_run(run.info.run_id)
    assert (got.info.run_name, got.data.tags["mlflow.runName"], got.info.status) == ("other", "other", "KILLED")
    client.set_tag(run.info.run_id, "mlflow.runName", "third")
    assert client.get_run(run.info.run_id).info.run_name == "third"


def test_parameters_are_written_once(client: MlflowClient, run_id: str) -> None:
    client.log_param(run_id, "p", "1")
    client.log_param(run_id, "p", "1")
    with refused(
        "INVALID_PARAMETER_VALUE", "Changing param values is not allowed", "'p'", "'1'", "'2'", by_server=False
    ):
        client.log_param(run_id, "p", "2")
    with refused("INVALID_PARAMETER_VALUE", "'3'"):
        client.log_batch(run_id, params=[Param("p", "3")])
    assert client.get_run(run_id).data.params == {"p": "1"}


def test_odd_but_legal_names_and_values(client: MlflowClient, run_id: str) -> None:
    odd = {"a/b": "", "a.b-c_d": "ü ✓ 'quoted' \"twice\"", "with space": "line\nline", "ünï": "x" * 5000}
    client.log_batch(run_id, params=[Param(key, value) for key, value in odd.items()])
    client.log_batch(run_id, tags=[RunTag(key, value) for key, value in odd.items()])
    got = client.get_run(run_id)
    assert got.data.params == odd
    assert {key: got.data.tags[key] for key in odd} == odd


@pytest.mark.parametrize("key", ["/a", "a/../b", "./a", "a//b", "", "a\nb"])
def test_names_that_are_refused(client: MlflowClient, run_id: str, key: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", by_server=False):
        client.log_param(run_id, key, "1")
    with refused("INVALID_PARAMETER_VALUE", by_server=False):
        client.log_metric(run_id, key, 1.0)
    with refused("INVALID_PARAMETER_VALUE", by_server=False):
        client.set_tag(run_id, key, "1")


def test_the_latest_metric_has_the_highest_step_then_time_then_value(client: MlflowClient, run_id: str) -> None:
    client.log_metric(run_id, "m", 1.0, timestamp=10, step=5)
    client.log_metric(run_id, "m", 2.0, timestamp=99, step=4)
    assert client.get_run(run_id).data.metrics["m"] == 1.0
    client.log_metric(run_id, "m", 3.0, timestamp=11, step=5)
    client.log_metric(run_id, "m", 2.5, timestamp=11, step=5)
    assert client.get_run(run_id).data.metrics["m"] == 3.0


def test_metric_history_in_order_without_repeats(client: MlflowClient, run_id: str) -> None:
    points = [(0.5, 30, 2), (0.25, 10, 0), (0.5, 30, 2), (0.75, 20, -1)]
    for value, timestamp, step in points:
        client.log_metric(run_id, "m", value, timestamp=timestamp, step=step)
    history = [(point.value, point.timestamp, point.step) for point in client.get_metric_history(run_id, "m")]
    assert history == [(0.25, 10, 0), (0.75, 20, -1), (0.5, 30, 2)]
    assert client.get_metric_history(run_id, "absent") == []


def test_numbers_json_has_no_words_for(client: MlflowClient, run_id: str) -> None:
    for key, value in {"nan": math.nan, "up": math.inf, "down": -math.inf}.items():
        client.log_metric(run_id, key, value)
    got = client.get_run(run_id).data.metrics
    assert math.isnan(got["nan"]) and math.isnan(client.get_metric_history(run_id, "nan")[0].value)
    # The SQL store has no infinity: it answers the largest double.
    assert got["up"] >= 1.7976931348623157e308 and got["down"] <= -1.7976931348623157e308


@pytest.mark.parametrize("value", [0.1 + 0.2, 5e-324, 1.7976931348623157e308, -0.0, 2.0**53 + 2, 1e-7, 123456.789])
def test_doubles_come_back_bit_by_bit(client: MlflowClient, run_id: str, value: float) -> None:
    client.log_metric(run_id, "m", value)
    assert client.get_run(run_id).data.metrics["m"] == value
    assert client.get_metric_history(run_id, "m")[0].value == value


def test_a_batch_of_everything(client: MlflowClient, run_id: str) -> None:
    metrics = [Metric(f"m{number}", number / 8, 1_700_000_000_000 + number, number) for number in range(800)]
    params = [Param(f"p{number}", str(number)) for number in range(100)]
    tags = [RunTag(f"t{number}", str(number)) for number in range(100)]
    client.log_batch(run_id, metrics, params, tags)
    got = client.get_run(run_id).data
    assert got.metrics == {metric.key: metric.value for metric in metrics}
    assert got.params == {param.key: param.value for param in params}
    assert {tag.key: tag.value for tag in tags}.items() <= got.tags.items()


def test_bad_batches_change_nothing(client: MlflowClient, run_id: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", by_server=False):
        client.log_batch(run_id, params=[Param("p", "1"), Param("p", "1")])
    with refused("INVALID_PARAMETER_VALUE", by_server=False):
        client.log_batch(run_id, metrics=[Metric("/m", 1.0, 1, 0)])
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.log_batch("0" * 32, metrics=[Metric("m", 1.0, 1, 0)])
    assert client.get_run(run_id).data.params == {}


def test_tags_are_replaced_and_deleted(client: MlflowClient, run_id: str) -> None:
    client.set_tag(run_id, "k", "1")
    client.set_tag(run_id, "k", "2")
    assert client.get_run(run_id).data.tags["k"] == "2"
    client.delete_tag(run_id, "k")
    assert "k" not in client.get_run(run_id).data.tags
    with refused("RESOURCE_DOES_NOT_EXIST", "No tag with name: k"):
        client.delete_tag(run_id, "k")


def test_delete_and_restore(client: MlflowClient, experiment: str, run_id: str) -> None:
    client.delete_run(run_id)
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    assert client.search_runs([experiment]) == []
    with refused("INVALID_PARAMETER_VALUE", "must be in the 'active' state"):
        client.log_metric(run_id, "m", 1.0)
    with refused("INVALID_PARAMETER_VALUE", "must be in the 'active' state"):
        client.set_tag(run_id, "t", "1")
    client.restore_run(run_id)
    client.log_metric(run_id, "m", 1.0)
    assert len(client.search_runs([experiment])) == 1


def test_a_run_that_does_not_exist(client: MlflowClient) -> None:
    for call in [client.get_run, client.delete_run, lambda run: client.log_metric(run, "m", 1.0)]:
        with refused("RESOURCE_DOES_NOT_EXIST", "0" * 32):
            call("0" * 32)
