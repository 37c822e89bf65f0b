"""Fills a tracking server with records of every kind, and shows all that is on one, through MLflow's own client.

Run by a Python with a client of MLflow: `python mlflow_records.py fill URL FOLDER`, `… show URL > seen.json`.
"""

import hashlib
import json
import math
import sys
import tempfile
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    Metric,
    Param,
    RunTag,
    ViewType,
)

PAGE = 50
NEWER = hasattr(MlflowClient, "create_logged_model")
EVERYTHING = {"view_type": ViewType.ALL}
# Written by Gatehouse beside what was imported.
OURS = ("gate.", "promotion.")


def fill(url: str, folder: Path) -> None:
    client = MlflowClient(url)
    mlflow.set_tracking_uri(url)
    credit = client.create_experiment("credit", tags={"team": "risk", "note": "zwölf 🦆\nLines"})
    gone = client.create_experiment("abandoned")
    fraud = client.create_experiment("fraud/cards")
    runs = [tracked_run(client, credit, number, folder) for number in range(4)]
    client.delete_run(runs[3])
    # The run that nobody ended, and one in the experiment that every server has.
    client.create_run(fraud, start_time=1_700_000_000_000)
    client.log_metric(client.create_run("0", run_name="in default").info.run_id, "auc", 0.5)
    lost = client.create_run(gone, run_name="lost").info.run_id
    client.log_param(lost, "kept", "yes")
    client.delete_experiment(gone)
    if NEWER:
        logged_models(client, credit, runs[0], folder)
    registered_models(client, runs, folder)


def tracked_run(client: MlflowClient, experiment: str, number: int, folder: Path) -> str:
    run = client.create_run(
        experiment,
        run_name=f"run {number} é",
        tags={"owner": "anna"},
        start_time=1_700_000_000_000,
    )
    run_id = run.info.run_id
    curve = [Metric("loss", 1 / (step + 1 + number), 1_700_000_000_000 + step * 7, step) for step in range(2500)]
    for start in range(0, len(curve), 1000):
        client.log_batch(run_id, metrics=curve[start : start + 1000])
    odd = [math.nan, math.inf, -math.inf, 1e-320, -0.0, 0.1 + 0.2]
    strange = [Metric("strange", value, 1_700_000_000_000 + place, -place) for place, value in enumerate(odd)]
    # Two points of one step and time, and one logged twice.
    twins = [Metric("twin", 1, 5, 0), Metric("twin", 2, 5, 0), Metric("twin", 2, 5, 0)]
    params = [
        Param("depth", str(number)),
        Param("long", "ü" * 3000),
        Param("a/b.c d", "{}"),
    ]
    client.log_batch(
        run_id,
        metrics=strange + twins,
        params=params,
        tags=[RunTag("with space", "line\nline")],
    )
    data = Dataset(
        "applicants",
        f"digest{number % 2}",
        "code",
        "{}",
        schema='{"a": 1}',
        profile='{"rows": 3}',
    )
    client.log_inputs(run_id, [DatasetInput(data, [InputTag("mlflow.data.context", "training")])])
    for place, text in {"model": "weights", "model/data": "more", "": "top"}.items():
        file = folder / f"{place.replace('/', '-') or 'top'} ü.txt"
        file.write_text(f"{text} {number}")
        client.log_artifact(run_id, str(file), place or None)
    mlmodel = folder / "MLmodel"
    mlmodel.write_text(f"run_id: {run_id}\nflavors:\n  python_function: {{}}\n")
    client.log_artifact(run_id, str(mlmodel), "model")
    client.set_terminated(run_id, "FINISHED" if number % 2 else "FAILED", end_time=1_700_000_009_000)
    return run_id


def logged_models(client: MlflowClient, experiment: str, run_id: str, folder: Path) -> None:
    from mlflow.entities import (
        LoggedModelOutput,
        LoggedModelParameter,
        LoggedModelStatus,
    )

    for number in range(3):
        model = client.create_logged_model(
            experiment,
            name=f"scorer{number}",
            source_run_id=run_id if number != 1 else None,
            tags={"kind": "ü"},
            params={"alpha": "0.1"},
            model_type="tree" if number else None,
        )
        file = folder / "model.bin"
        file.write_bytes(bytes(range(256)) * (number + 1))
        client.log_model_artifact(model.model_id, str(file))
        if number != 2:
            client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
        client.log_metric(
            run_id,
            "score",
            0.5 + number,
            timestamp=1000 + number,
            model_id=model.model_id,
            dataset_name="applicants",
            dataset_digest="digest0",
        )
        client.log_outputs(run_id, [LoggedModelOutput(model.model_id, step=number)])
        assert LoggedModelParameter


def registered_models(client: MlflowClient, runs: list[str], folder: Path) -> None:
    client.create_registered_model("credit-risk", tags={"tier": "1"}, description="Who pays back.\nÜ")
    stages = ["Archived", "Production", "None", "Staging", "None"]
    for number, stage in enumerate(stages):
        run_id = runs[number % 3]
        source = f"{client.get_run(run_id).info.artifact_uri}/model"
        version = client.create_model_version(
            "credit-risk",
            source,
            run_id,
            tags={"n": str(number)},
            description=f"the {number}th",
            run_link="http://x/1",
        )
        if stage != "None":
            client.transition_model_version_stage("credit-risk", version.version, stage)
    # A hole in the numbers.
    client.delete_model_version("credit-risk", "3")
    client.set_registered_model_alias("credit-risk", "champion", "2")
    client.set_registered_model_alias("credit-risk", "shadow", "4")
    client.create_registered_model("empty one")
    client.create_registered_model("elsewhere")
    client.create_model_version("elsewhere", "s3://bucket/a/model")
    client.create_registered_model("crowded")
    for _ in range(2):
        version = client.create_model_version("crowded", f"{client.get_run(runs[1]).info.artifact_uri}/model", runs[1])
        client.transition_model_version_stage("crowded", version.version, "Production")
    client.copy_model_version("models:/credit-risk/4", "copied")
    if NEWER:
        logged = client.search_logged_models([client.get_experiment_by_name("credit").experiment_id])
        client.create_registered_model("from logged")
        for model in sorted(logged, key=lambda model: model.name)[:2]:
            client.create_model_version("from logged", f"models:/{model.model_id}", model_id=model.model_id)
        client.register_prompt("greeting", "Hello {{name}}", commit_message="first", tags={"lang": "en"})
        client.register_prompt("greeting", "Hi {{name}}")
        client.set_prompt_alias("greeting", "live", 1)


def show(url: str) -> dict:
    """Everything on the server, in an order that does not depend on it. Artifacts by the digest of their bytes."""
    client = MlflowClient(url)
    mlflow.set_tracking_uri(url)
    experiments = everything(client.search_experiments, **EVERYTHING)
    ids = [experiment.experiment_id for experiment in experiments]
    runs = [run for one in ids for run in everything(client.search_runs, [one], run_view_type=ViewType.ALL)]
    models = everything(client.search_registered_models)
    versions = everything(client.search_model_versions)
    if NEWER:
        prompt = "tags.`mlflow.prompt.is_prompt` = 'true'"
        models += everything(client.search_registered_models, filter_string=prompt)
        versions += everything(client.search_model_versions, filter_string=prompt)
    return {
        "experiments": {experiment.experiment_id: shown_experiment(experiment) for experiment in experiments},
        "runs": {run.info.run_id: shown_run(client, run) for run in runs},
        "logged_models": shown_logged_models(client, ids) if NEWER else {},
        "models": {
            model.name: {
                **plain(model, "name", "description", "creation_timestamp"),
                "tags": own(model.tags),
                "aliases": model.aliases,
            }
            for model in models
        },
        "versions": {f"{version.name}/{version.version}": shown_version(version) for version in versions},
    }


def everything(search, *arguments, **options) -> list:
    found, token = [], None
    while True:
        page = search(*arguments, **options, max_results=PAGE, page_token=token)
        found += page
        token = page.token
        if not token:
            return found


def plain(entity, *names: str) -> dict:
    return {name: getattr(entity, name) for name in names}


def own(tags: dict) -> dict:
    return {key: value for key, value in sorted(tags.items()) if not key.startswith(OURS)}


def shown_experiment(experiment) -> dict:
    shown = plain(
        experiment,
        "name",
        "lifecycle_stage",
        "artifact_location",
        "creation_time",
        "last_update_time",
    )
    if experiment.experiment_id == "0":
        shown = plain(experiment, "name", "lifecycle_stage")
    return {**shown, "tags": dict(sorted(experiment.tags.items()))}


def shown_run(client: MlflowClient, run) -> dict:
    info = plain(
        run.info,
        "experiment_id",
        "run_name",
        "user_id",
        "status",
        "start_time",
        "end_time",
        "lifecycle_stage",
        "artifact_uri",
    )
    inputs = sorted(
        (
            vars(item.dataset) | {"tags": {tag.key: tag.value for tag in item.tags}}
            for item in run.inputs.dataset_inputs
        ),
        key=str,
    )
    outputs = getattr(run, "outputs", None)
    return {
        **info,
        "params": dict(sorted(run.data.params.items())),
        "tags": dict(sorted(run.data.tags.items())),
        "metrics": {key: repr(value) for key, value in sorted(run.data.metrics.items())},
        "histories": {key: history(client, run.info.run_id, key) for key in sorted(run.data.metrics)},
        "inputs": inputs,
        "outputs": sorted((out.model_id, out.step) for out in outputs.model_outputs) if outputs else [],
        "artifacts": digests(run.info.artifact_uri, client.list_artifacts, run.info.run_id),
    }


def history(client: MlflowClient, run_id: str, key: str) -> list:
    points = client.get_metric_history(run_id, key)
    return sorted([repr(point.value), point.timestamp, point.step] for point in points)


def shown_logged_models(client: MlflowClient, experiments: list[str]) -> dict:
    shown = {}
    for model in [model for one in experiments for model in client.search_logged_models([one])]:
        names = [
            "name",
            "experiment_id",
            "model_type",
            "source_run_id",
            "creation_timestamp",
            "artifact_location",
        ]
        points = [
            [
                point.key,
                repr(point.value),
                point.step,
                point.timestamp,
                point.run_id,
                point.dataset_name,
                point.dataset_digest,
            ]
            for point in model.metrics or []
        ]
        shown[model.model_id] = {
            **plain(model, *names),
            "status": str(model.status),
            "tags": own(model.tags),
            "params": dict(sorted(model.params.items())),
            "metrics": sorted(points, key=str),
            "artifacts": digests(
                model.artifact_location,
                client.list_logged_model_artifacts,
                model.model_id,
            ),
        }
    return shown


def shown_version(version) -> dict:
    names = [
        "source",
        "run_id",
        "run_link",
        "description",
        "creation_timestamp",
        "last_updated_timestamp",
        "current_stage",
    ]
    shown = plain(version, *names, "status")
    return {
        **shown,
        "tags": own(version.tags),
        "model_id": getattr(version, "model_id", None),
    }


def digests(root: str, list_artifacts, owner: str) -> dict:
    """The files below a run or a logged model, by path."""
    found, folders = {}, [None]
    with tempfile.TemporaryDirectory() as folder:
        while folders:
            for entry in list_artifacts(owner, folders.pop()):
                if entry.is_dir:
                    folders.append(entry.path)
                    continue
                file = mlflow.artifacts.download_artifacts(f"{root}/{entry.path}", dst_path=folder)
                found[entry.path] = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    return dict(sorted(found.items()))


if __name__ == "__main__":
    verb, address, *rest = sys.argv[1:]
    if verb == "fill":
        fill(address, Path(rest[0]))
    else:
        json.dump(show(address), sys.stdout, indent=1, sort_keys=True)
