"""Autologging and evaluation: many calls of the client that no user sees."""

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from sklearn.linear_model import LogisticRegression

REQUIREMENTS = ["numpy"]


@pytest.fixture
def fitted(rows: pd.DataFrame, target: np.ndarray) -> LogisticRegression:
    return LogisticRegression().fit(rows, target)


def test_autolog(client: MlflowClient, experiment: str, rows: pd.DataFrame, target: np.ndarray) -> None:
    mlflow.sklearn.autolog(log_models=False, silent=True)
    try:
        with mlflow.start_run() as run:
            LogisticRegression(C=0.5).fit(rows, target)
    finally:
        mlflow.sklearn.autolog(disable=True)
    got = client.get_run(run.info.run_id)
    assert got.data.params["C"] == "0.5" and got.data.tags["estimator_name"] == "LogisticRegression"
    assert got.data.metrics["training_accuracy_score"] > 0.9
    assert [entry.tags[0].value for entry in got.inputs.dataset_inputs] == ["train"]
    assert "training_confusion_matrix.png" in {item.path for item in client.list_artifacts(run.info.run_id)}


def test_evaluate_a_registered_model(
    client: MlflowClient, experiment: str, name: str, rows: pd.DataFrame, target: np.ndarray, fitted: LogisticRegression
) -> None:
    where = {"artifact_path" if mlflow.__version__.startswith("2.") else "name": "model"}
    with mlflow.start_run():
        mlflow.sklearn.log_model(fitted, **where, registered_model_name=name, pip_requirements=REQUIREMENTS)
    with mlflow.start_run() as run:
        result = mlflow.models.evaluate(
            f"models:/{name}/1", rows.assign(y=target), targets="y", model_type="classifier"
        )
    got = client.get_run(run.info.run_id)
    assert got.data.metrics["accuracy_score"] == result.metrics["accuracy_score"] > 0.9
    assert len(got.inputs.dataset_inputs) == 1
    assert {"confusion_matrix.png", "roc_curve_plot.png"} <= {
        item.path for item in client.list_artifacts(run.info.run_id)
    }


def test_evaluate_predictions(experiment: str, rows: pd.DataFrame, target: np.ndarray) -> None:
    table = rows.assign(y=target, p=target)
    with mlflow.start_run():
        result = mlflow.models.evaluate(data=table, targets="y", predictions="p", model_type="regressor")
    assert result.metrics["mean_squared_error"] == 0
