"""Data sets as inputs of runs."""

import mlflow
import pandas as pd
from mlflow import MlflowClient


def test_log_input(client: MlflowClient, experiment: str, rows: pd.DataFrame) -> None:
    data = mlflow.data.from_pandas(rows, name="train", targets="b")
    with mlflow.start_run() as run:
        mlflow.log_input(data, context="training")
        mlflow.log_input(data, context="training")
        mlflow.log_input(mlflow.data.from_pandas(rows[:5], name="test"), context="testing")
    logged = client.get_run(run.info.run_id).inputs.dataset_inputs
    by_name = {entry.dataset.name: entry for entry in logged}
    assert len(logged) == 2 and set(by_name) == {"train", "test"}
    assert [(tag.key, tag.value) for tag in by_name["test"].tags] == [("mlflow.data.context", "testing")]
    assert by_name["train"].dataset.digest == data.digest
    assert by_name["train"].dataset.source_type == "code"
    assert '"num_rows": 60' in by_name["train"].dataset.profile
    assert '"name": "a"' in by_name["train"].dataset.schema


def test_search_by_data_set(client: MlflowClient, experiment: str, rows: pd.DataFrame) -> None:
    data = mlflow.data.from_pandas(rows, name="train")
    with mlflow.start_run() as run:
        mlflow.log_input(data, context="training")
    with mlflow.start_run():
        mlflow.log_input(mlflow.data.from_pandas(rows[:5], name="other"), context="eval")
    for condition in [
        "dataset.name = 'train'",
        "datasets.name LIKE 'tr%'",
        f"dataset.digest = '{data.digest}'",
        "datasets.context = 'training'",
        "dataset.name IN ('train', 'x')",
        "dataset.name = 'train' AND dataset.context = 'training'",
    ]:
        found = client.search_runs([experiment], condition)
        assert [item.info.run_id for item in found] == [run.info.run_id], condition
    assert len(client.search_runs([experiment], "dataset.name ILIKE '%R%'")) == 2
    assert client.search_runs([experiment], "dataset.name = 'train' AND dataset.context = 'eval'") == []


def test_metrics_on_a_data_set(client: MlflowClient, experiment: str, rows: pd.DataFrame) -> None:
    """The client of version 3 links a metric to a data set; that of version 2 has no such thing and is spared."""
    data = mlflow.data.from_pandas(rows, name="train")
    with mlflow.start_run() as run:
        if mlflow.__version__.startswith("2."):
            mlflow.log_metric("loss", 0.5)
        else:
            mlflow.log_metric("loss", 0.5, dataset=data)
    assert client.get_run(run.info.run_id).data.metrics == {"loss": 0.5}
