"""log_model of the three libraries with signature and example; loading back by every kind of address."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost
from mlflow import MlflowClient
from mlflow.models import ModelSignature, get_model_info, infer_signature
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

# Without this the client starts a second Python per model to find out what the model imports.
REQUIREMENTS = ["numpy"]


@dataclass(frozen=True)
class Trained:
    flavor: Any
    model: Any
    signature: ModelSignature
    expected: np.ndarray
    rows: pd.DataFrame

    def log(self, name: str = "model", **options: object) -> Any:
        """log_model as the client of each version wants the name."""
        where = {"artifact_path" if mlflow.__version__.startswith("2.") else "name": name}
        example = None if isinstance(self.model, xgboost.Booster) else self.rows[:3]
        return self.flavor.log_model(
            self.model,
            **where,
            signature=self.signature,
            input_example=example,
            pip_requirements=REQUIREMENTS,
            **options,
        )


TRAINERS: dict[str, Callable] = {
    "sklearn": lambda x, y: (mlflow.sklearn, LogisticRegression().fit(x, y)),
    "pipeline": lambda x, y: (mlflow.sklearn, make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y)),
    "xgboost": lambda x, y: (mlflow.xgboost, xgboost.XGBClassifier(n_estimators=4).fit(x, y)),
    "lightgbm": lambda x, y: (mlflow.lightgbm, lightgbm.LGBMClassifier(n_estimators=4, verbose=-1).fit(x, y)),
    "booster": lambda x, y: (
        mlflow.lightgbm,
        lightgbm.train({"objective": "binary", "verbose": -1}, lightgbm.Dataset(x, y), 4),
    ),
}


@pytest.fixture(params=list(TRAINERS))
def trained(request: pytest.FixtureRequest, rows: pd.DataFrame, target: np.ndarray) -> Trained:
    return train(request.param, rows, target)


@pytest.fixture
def plain(rows: pd.DataFrame, target: np.ndarray) -> Trained:
    return train("sklearn", rows, target)


def train(kind: str, rows: pd.DataFrame, target: np.ndarray) -> Trained:
    flavor, model = TRAINERS[kind](rows, target)
    expected = model.predict(rows)
    return Trained(flavor, model, infer_signature(rows, expected), expected, rows)


def same(uri: str, trained: Trained) -> None:
    """The model at this address predicts as the one in memory does, through its own flavour and through pyfunc."""
    np.testing.assert_array_equal(mlflow.pyfunc.load_model(uri).predict(trained.rows), trained.expected)
    np.testing.assert_array_equal(trained.flavor.load_model(uri).predict(trained.rows), trained.expected)


def test_log_register_and_load_by_every_address(
    client: MlflowClient, experiment: str, name: str, trained: Trained
) -> None:
    with mlflow.start_run() as run:
        info = trained.log(registered_model_name=name)
    made = client.get_model_version(name, "1")
    assert (made.version, made.status, made.current_stage, made.run_id) == ("1", "READY", "None", run.info.run_id)
    client.set_registered_model_alias(name, "champion", "1")
    client.transition_model_version_stage(name, "1", "Production")
    addresses = [
        f"models:/{name}/1",
        f"models:/{name}@champion",
        f"models:/{name}/Production",
        f"models:/{name}/latest",
    ]
    for uri in [*addresses, f"runs:/{run.info.run_id}/model", info.model_uri]:
        same(uri, trained)


def test_signature_and_example_come_back(experiment: str, name: str, plain: Trained) -> None:
    with mlflow.start_run() as run:
        plain.log(registered_model_name=name)
    info = get_model_info(f"models:/{name}/1")
    assert info.signature == plain.signature
    assert info.run_id == run.info.run_id and "sklearn" in info.flavors
    loaded = mlflow.pyfunc.load_model(f"models:/{name}/1")
    pd.testing.assert_frame_equal(loaded.input_example, plain.rows[:3])
    with pytest.raises(mlflow.MlflowException, match="missing inputs"):
        loaded.predict(plain.rows[["a"]])


def test_register_a_model_that_was_logged_before(
    client: MlflowClient, experiment: str, name: str, plain: Trained
) -> None:
    with mlflow.start_run() as run:
        plain.log()
    first = mlflow.register_model(f"runs:/{run.info.run_id}/model", name, tags={"a": "b"})
    second = mlflow.register_model(f"runs:/{run.info.run_id}/model", name)
    assert (int(first.version), int(second.version), second.run_id) == (1, 2, run.info.run_id)
    assert client.get_model_version(name, "1").tags == {"a": "b"}
    assert client.get_registered_model(name).latest_versions[0].version == "2"
    same(f"models:/{name}/2", plain)


def test_every_registration_gets_the_next_number(
    client: MlflowClient, experiment: str, name: str, plain: Trained
) -> None:
    for expected in ["1", "2"]:
        with mlflow.start_run():
            plain.log(registered_model_name=name)
        assert client.get_latest_versions(name)[0].version == expected


def test_a_copy_points_at_the_same_files(client: MlflowClient, experiment: str, name: str, plain: Trained) -> None:
    with mlflow.start_run() as run:
        plain.log(registered_model_name=name)
    client.update_model_version(name, "1", "why")
    client.set_registered_model_alias(name, "champion", "1")
    copy = client.copy_model_version(f"models:/{name}/1", f"{name}-prod")
    again = client.copy_model_version(f"models:/{name}/1", f"{name}-prod")
    assert (copy.name, copy.version, again.version) == (f"{name}-prod", "1", "2")
    assert (copy.run_id, copy.description, copy.source) == (run.info.run_id, "why", f"models:/{name}/1")
    assert copy.aliases == []
    same(f"models:/{name}-prod/2", plain)
    assert client.get_model_version_download_uri(f"{name}-prod", "1") == client.get_model_version_download_uri(
        name, "1"
    )


def test_a_copy_of_a_copy(client: MlflowClient, experiment: str, name: str, plain: Trained) -> None:
    with mlflow.start_run():
        plain.log(registered_model_name=name)
    client.copy_model_version(f"models:/{name}/1", f"{name}-b")
    client.copy_model_version(f"models:/{name}-b/1", f"{name}-c")
    same(f"models:/{name}-c/1", plain)


def test_the_files_of_a_model(client: MlflowClient, experiment: str, name: str, plain: Trained, tmp_path: Path) -> None:
    with mlflow.start_run():
        plain.log(registered_model_name=name)
    folder = Path(mlflow.artifacts.download_artifacts(f"models:/{name}/1", dst_path=str(tmp_path)))
    files = {file.name for file in folder.iterdir()}
    assert {"MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt", "input_example.json"} <= files
    listed = {item.path for item in mlflow.artifacts.list_artifacts(f"models:/{name}/1")}
    assert {"MLmodel", "requirements.txt"} <= listed
    # The client of version 3 adds a file of its own to what it downloads.
    assert listed <= files


def test_a_model_saved_by_hand(
    client: MlflowClient, experiment: str, name: str, plain: Trained, tmp_path: Path
) -> None:
    """Teams that came from early versions upload a saved model as artifacts and register its address."""
    mlflow.sklearn.save_model(plain.model, str(tmp_path / "model"), pip_requirements=REQUIREMENTS)
    with mlflow.start_run() as run:
        mlflow.log_artifacts(str(tmp_path / "model"), "saved")
    mlflow.register_model(f"runs:/{run.info.run_id}/saved", name)
    assert client.get_model_version_download_uri(name, "1") == f"{run.info.artifact_uri}/saved"
    same(f"models:/{name}/1", plain)
