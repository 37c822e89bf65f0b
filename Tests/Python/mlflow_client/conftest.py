"""Flows of MLflow's own Python client against the server that MLFLOW_TRACKING_URI names.

They run inside the client's virtual environment (`python -m pytest mlflow_client`), never in the one of the other
tests; ../test_mlflow_clients.py starts them. They were written against `mlflow server`, and pass there.
"""

import os
import uuid
from collections.abc import Iterator

# A refusal that the client would retry for minutes is a fault: fail at once and show it.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

MAJOR = int(mlflow.__version__.split(".")[0])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "since_3(what): the client has this from version 3 on")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if (mark := item.get_closest_marker("since_3")) and MAJOR < 3:
            item.add_marker(pytest.mark.skip(reason=f"client {mlflow.__version__} has no {mark.args[0]}"))


@pytest.fixture(autouse=True)
def ended_runs() -> Iterator[None]:
    """A flow that fails inside a run must not leave it open for the next one."""
    yield
    while mlflow.active_run():
        mlflow.end_run("FAILED")


@pytest.fixture(scope="session")
def client() -> MlflowClient:
    return MlflowClient()


@pytest.fixture
def name() -> str:
    """A name nobody else uses: both clients may work on one server at the same time."""
    return f"flow-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def experiment(name: str) -> str:
    """The id of a fresh experiment, which is also the active one."""
    return mlflow.set_experiment(name).experiment_id


@pytest.fixture
def run_id(client: MlflowClient, experiment: str) -> str:
    return client.create_run(experiment).info.run_id


@pytest.fixture
def model(client: MlflowClient, name: str) -> str:
    """The name of a fresh registered model."""
    return client.create_registered_model(name).name


@pytest.fixture
def version(client: MlflowClient, model: str) -> str:
    """The one version of `model`. Its files are elsewhere."""
    return client.create_model_version(model, "s3://elsewhere/model").version


@pytest.fixture(scope="session")
def rows() -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(4).normal(size=(60, 2)), columns=["a", "b"])


@pytest.fixture(scope="session")
def target(rows: pd.DataFrame) -> np.ndarray:
    return (rows["a"] + rows["b"] > 0).to_numpy().astype(int)
