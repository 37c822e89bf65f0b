"""Run by an interpreter with MLflow's own client: logs, downloads and runs models, as test_copy_mlflow.py asks."""

import hashlib
import json
import os
import sys
from pathlib import Path

import mlflow
import numpy
from mlflow import MlflowClient


class Doubler(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: list[float], params=None) -> list[float]:
        return [2 * value for value in model_input]


def fill(url: str, folder: str) -> dict:
    """Versions of MLflow 3's kind (a logged model), and of the older kind (files of a run)."""
    mlflow.set_tracking_uri(url)
    mlflow.set_experiment("training")
    with mlflow.start_run() as run:
        mlflow.log_param("depth", 7)
        for step in range(5):
            mlflow.log_metric("auc", 0.8 + step / 100, step=step)
        mlflow.log_input(mlflow.data.from_numpy(numpy.arange(6.0).reshape(3, 2), name="loans"), "training")
        extra = Path(folder, "notes.txt")
        extra.write_text("more")
        mlflow.pyfunc.log_model(
            name="model", python_model=Doubler(), artifacts={"notes": str(extra)}, registered_model_name="doubler"
        )
        local = Path(folder, "local")
        mlflow.pyfunc.save_model(str(local), python_model=Doubler())
        mlflow.log_artifacts(str(local), "old")
    client = MlflowClient()
    client.set_model_version_tag("doubler", "1", "owner", "risk")
    client.set_registered_model_alias("doubler", "candidate", "1")
    version = client.create_model_version("doubler", f"{run.info.artifact_uri}/old", run.info.run_id)
    return {"run": run.info.run_id, "old": version.version}


def show(*versions: str) -> list:
    """Of each `[url, token, name, version]`."""
    return [shown(*json.loads(version)) for version in versions]


def shown(url: str, token: str | None, name: str, version: str) -> dict:
    """The digests of all files, and what the model answers."""
    os.environ.pop("MLFLOW_TRACKING_TOKEN", None)
    if token:
        os.environ["MLFLOW_TRACKING_TOKEN"] = token
    mlflow.set_tracking_uri(url)
    folder = Path(mlflow.artifacts.download_artifacts(f"models:/{name}/{version}"))
    # The client leaves a note of its own beside what it downloads.
    files = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "registered_model_meta"
    }
    answer = mlflow.pyfunc.load_model(f"models:/{name}/{version}").predict([1.5, 2.0])
    client = MlflowClient()
    found = client.get_model_version(name, version)
    run = client.get_run(found.run_id) if found.run_id else None
    return {
        "files": files,
        "answer": list(answer),
        "tags": found.tags,
        "params": run.data.params if run else {},
        "metrics": run.data.metrics if run else {},
        "history": [[m.step, m.value] for m in client.get_metric_history(found.run_id, "auc")] if run else [],
        "datasets": [one.dataset.name for one in run.inputs.dataset_inputs] if run else [],
    }


if __name__ == "__main__":
    verb, *rest = sys.argv[1:]
    print(json.dumps({"fill": fill, "show": show}[verb](*rest)))
