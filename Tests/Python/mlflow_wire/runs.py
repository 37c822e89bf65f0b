"""Runs with their parameters, metrics, tags, inputs and outputs."""

from mlflow_wire.steps import get, post

DATA = {"name": "train", "digest": "d1", "source_type": "local", "source": "{}", "schema": "{}", "profile": "{}"}
NAN = [{"key": "nan", "value": "NaN", "timestamp": 1, "step": 0}]


def metric(key: str, value: object, timestamp: object = 1, step: object = 0, **more: object) -> dict:
    return {"key": key, "value": value, "timestamp": timestamp, "step": step, **more}


def pairs(count: int, prefix: str) -> list[dict]:
    return [{"key": f"{prefix}{number}", "value": "v"} for number in range(count)]


CREATED = [
    post("experiments/create", name="runs").keeping(runs="experiment_id"),
    post("runs/create", experiment_id="<runs>", user_id="ann", run_name="first", start_time=1000).keeping(
        run="run.info.run_id"
    ),
    get("runs/get", run_id="<run>"),
    get("runs/get", run_uuid="<run>").words(),
    get("runs/get", run_id="<run>", run_uuid="<run>"),
    post(
        "runs/create",
        experiment_id="<runs>",
        start_time="2000",
        tags=[{"key": "mlflow.runName", "value": "by tag"}, {"key": "t", "value": "1"}],
    ).keeping(second="run.info.run_id"),
    post("runs/create", experiment_id="<runs>").keeping(third="run.info.run_id"),
    post("runs/create", {"experimentId": "<runs>", "runName": "camel", "startTime": 5}).keeping(
        fourth="run.info.run_id"
    ),
    post("runs/create", start_time=7).named("a run without an experiment"),
    post(
        "runs/create",
        experiment_id="<runs>",
        run_name="a",
        tags=[{"key": "mlflow.runName", "value": "b"}],
    ).named("two names for one run"),
    post("runs/create", experiment_id="999").words(),
    post("runs/create", experiment_id="abc"),
    post("runs/create", experiment_id=5).words(),
    post("runs/create", experiment_id="<runs>", start_time="soon").words(),
    post("runs/create", experiment_id="0", tags=[{"key": "k" * 251, "value": "v"}]).named(
        "a run with a tag of 251 characters"
    ),
    post("runs/create", experiment_id="<runs>", tags=[{"key": "/k", "value": "v"}]),
    get("runs/get").words(),
    get("runs/get", run_id="0" * 32).words(),
    get("runs/get", run_id="not an id"),
]

UPDATED = [
    post("runs/update", run_id="<third>", status="FINISHED", end_time=3000, run_name="renamed"),
    get("runs/get", run_id="<third>"),
    post("runs/update", run_id="<third>", status=4),
    post("runs/update", run_id="<third>", status="BOGUS"),
    post("runs/update", run_id="<third>"),
    post("runs/update", run_id="<third>", run_name=""),
    post("runs/update", run_id="<third>", end_time="x"),
    post("runs/update", status="FINISHED").words(),
    post("runs/update", run_id="0" * 32, status="FINISHED").words(),
    post("runs/set-tag", run_id="<third>", key="mlflow.runName", value="by tag"),
    get("runs/get", run_id="<third>"),
]

TAGGED = [
    post("runs/set-tag", run_id="<run>", key="a", value="1"),
    post("runs/set-tag", run_id="<run>", key="a", value="2"),
    post("runs/set-tag", run_id="<run>", key="no value"),
    post("runs/set-tag", run_id="<run>", key="empty", value=""),
    post("runs/set-tag", run_id="<run>", key="long", value="v" * 8001),
    post("runs/set-tag", run_id="<run>", key="k" * 251, value="v"),
    post("runs/set-tag", run_id="<run>", value="v").words(),
    post("runs/set-tag", run_id="<run>", key="k", value=5).words(),
    post("runs/set-tag", run_id="0" * 32, key="k", value="v").words(),
    post("runs/set-tag", key="k", value="v").words(),
    *[
        post("runs/set-tag", run_id="<run>", key=key, value="v")
        for key in ["/a", "a//b", "./a", "a/..", "a\nb", "a#b", "ü"]
    ],
    post("runs/delete-tag", run_id="<run>", key="a"),
    post("runs/delete-tag", run_id="<run>", key="a").words(),
    post("runs/delete-tag", run_id="<run>"),
    get("runs/get", run_id="<run>"),
]

PARAMETERS = [
    post("runs/log-parameter", run_id="<run>", key="depth", value="3"),
    post("runs/log-parameter", run_id="<run>", key="depth", value="3"),
    post("runs/log-parameter", run_id="<run>", key="depth", value="4").words(),
    post("runs/log-parameter", run_id="<run>", key="empty", value=""),
    post("runs/log-parameter", run_id="<run>", key="no value"),
    post("runs/log-parameter", run_id="<run>", key="long", value="é" * 6001),
    post("runs/log-parameter", run_id="<run>", key="k" * 251, value="v"),
    post("runs/log-parameter", run_id="<run>", key="k" * 250, value="v"),
    post("runs/log-parameter", run_id="<run>", value="v").words(),
    post("runs/log-parameter", run_id="<run>", key="number", value=5).words(),
    post("runs/log-parameter", run_id="<run>", key="a/../b", value="v"),
    post("runs/log-parameter", run_id="0" * 32, key="k", value="v").words(),
    post("runs/log-parameter", run_uuid="<run>", key="k", value="v"),
    post("runs/log-parameter", {"runId": "<fourth>", "key": "camel", "value": "v"}).named("a run id in camel case"),
    get("runs/get", run_id="<run>"),
]

METRICS = [
    post("runs/log-metric", run_id="<run>", key="m", value=0.1, timestamp=10, step=1),
    post("runs/log-metric", run_id="<run>", key="m", value=0.1, timestamp=10, step=1),
    post("runs/log-metric", run_id="<run>", key="m", value=0.3, timestamp=30, step=0),
    post("runs/log-metric", run_id="<run>", key="m", value=0.2, timestamp=20, step=1),
    post("runs/log-metric", run_id="<run>", key="m", value=0.25, timestamp=20, step=1),
    post("runs/log-metric", run_id="<run>", key="m", value=-5e-324, timestamp="5", step="-7"),
    post("runs/log-metric", run_id="<run>", key="text", value="1.5", timestamp=1),
    post("runs/log-metric", run_id="<run>", key="nan", value="NaN", timestamp=1),
    post("runs/log-metric", run_id="<run>", key="up", value="Infinity", timestamp=1),
    post("runs/log-metric", run_id="<run>", key="down", value="-Infinity", timestamp=1),
    post("runs/log-metric", run_id="<run>", key="whole", value=3, timestamp=1),
    post("runs/log-metric", run_id="<run>", key="large", value=1.7976931348623157e308, timestamp=2**53),
    post("runs/log-metric", run_id="<run>", key="zero", value=0, timestamp=1),
    post("runs/log-metric", run_id="<run>", key="zero time", value=1, timestamp=0),
    post("runs/log-metric", run_id="<run>", key="m", timestamp=1).words(),
    post("runs/log-metric", run_id="<run>", key="m", value=1).words(),
    post("runs/log-metric", run_id="<run>", value=1, timestamp=1).words(),
    post("runs/log-metric", run_id="<run>", key="m", value="much", timestamp=1),
    post("runs/log-metric", run_id="<fourth>", key="m", value=True, timestamp=1).named("a truth value as a metric"),
    post("runs/log-metric", run_id="<run>", key="m", value=1, timestamp="now"),
    post("runs/log-metric", run_id="<run>", key="m", value=1, timestamp=1, step="x"),
    post("runs/log-metric", run_id="<fourth>", key="m", value=1, timestamp=1.5).named("a fraction as a time"),
    post("runs/log-metric", run_id="<run>", key="m", value=1, timestamp=2.0, step=3.0),
    post("runs/log-metric", run_id="<run>", key="/m", value=1, timestamp=1),
    post("runs/log-metric", run_id="<run>", key="k" * 251, value=1, timestamp=1),
    post("runs/log-metric", run_id="0" * 32, key="m", value=1, timestamp=1).words(),
    get("runs/get", run_id="<run>"),
    *[
        get("metrics/get-history", run_id="<run>", metric_key=key)
        for key in ["m", "nan", "up", "down", "nothing", "large"]
    ],
    get("metrics/get-history", run_uuid="<run>", metric_key="m", run_id="<run>", max_results=25_000),
    get("metrics/get-history", run_id="<run>", metric_key="m", max_results=2).keeping(history="next_page_token"),
    get("metrics/get-history", run_id="<run>", metric_key="m", max_results=2, page_token="<history>"),
    get("metrics/get-history", run_id="<run>", metric_key="m", max_results=0).words(),
    get("metrics/get-history", run_id="<run>", metric_key="m", max_results=-1).words(),
    get("metrics/get-history", run_id="<run>", metric_key="m", page_token="garbage!").named(
        "a history page of garbage"
    ),
    get("metrics/get-history", run_id="<run>").words(),
    get("metrics/get-history", metric_key="m").words(),
    get("metrics/get-history", run_id="0" * 32, metric_key="m"),
    get("metrics/get-history-bulk-interval", run_ids=["<run>"], metric_key="m"),
    get(
        "metrics/get-history-bulk-interval", run_ids=["<run>"], metric_key="m", start_step=0, end_step=1, max_results=10
    ),
    get("metrics/get-history-bulk-interval", run_ids=["<run>", "<third>"], metric_key="nothing"),
    get("metrics/get-history-bulk-interval", run_ids=["<run>"], metric_key="m", start_step=2, end_step=1),
    get("metrics/get-history-bulk-interval", run_ids=["<run>"], metric_key="m", start_step=2),
    get("metrics/get-history-bulk-interval", run_ids=["<run>"], metric_key="m", max_results=0),
    get("metrics/get-history-bulk-interval", metric_key="m"),
    get("metrics/get-history-bulk-interval", run_ids=["<run>"]),
    get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", run_id=["<run>", "<third>"], metric_key="m"),
    get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", run_id=["<run>"], metric_key="m", max_results=2),
    get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", run_id=["<run>"]),
    get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", metric_key="m"),
]

BATCHES = [
    post("runs/create", experiment_id="<runs>", run_name="batch", start_time=1).keeping(batch="run.info.run_id"),
    post(
        "runs/log-batch",
        run_id="<batch>",
        metrics=[metric("a", 1), metric("a", 2, 2, 5), metric("b", "NaN"), metric("c", "2.5", "3", "4")],
        params=[{"key": "p", "value": "1"}],
        tags=[{"key": "t", "value": "1"}, {"key": "t", "value": "2"}],
    ),
    get("runs/get", run_id="<batch>"),
    post("runs/log-batch", run_id="<batch>"),
    post("runs/log-batch", {"run_id": "<batch>", "metrics": [metric("camel", 1, datasetName="a", datasetDigest="b")]}),
    post("runs/log-batch", run_id="<batch>", metrics=NAN),
    post("runs/log-batch", run_id="<batch>", params=[{"key": "p", "value": "2"}]),
    post("runs/log-batch", run_id="<batch>", params=[{"key": "q", "value": "1"}, {"key": "q", "value": "1"}]),
    post("runs/log-batch", run_id="<batch>", params=pairs(101, "p")),
    post("runs/log-batch", run_id="<batch>", tags=pairs(101, "t")),
    post("runs/log-batch", run_id="<batch>", metrics=[metric(f"m{number}", 1) for number in range(1001)]),
    post(
        "runs/log-batch",
        run_id="<batch>",
        metrics=[metric(f"m{number}", 1) for number in range(900)],
        params=pairs(100, "p"),
        tags=pairs(1, "t"),
    ),
    post("runs/log-batch", params=[]).words(),
    post("runs/log-batch", run_id="0" * 32, params=pairs(1, "p")).words(),
    post("runs/log-batch", run_id="<batch>", metrics=[{"key": "m", "value": 1, "step": 1}]).words(),
    post("runs/log-batch", run_id="<batch>", metrics=[{"key": "m", "timestamp": 1}]),
    post("runs/log-batch", run_id="<batch>", metrics=[{"value": 1, "timestamp": 1}]),
    post("runs/log-batch", run_id="<fourth>", metrics=[metric("m", "much")]).named("text as a metric of a batch"),
    post("runs/log-batch", run_id="<batch>", metrics=[metric("/m", 1)]),
    post("runs/log-batch", run_id="<batch>", metrics="none"),
    post("runs/log-batch", run_id="<batch>", params=[{"key": "k" * 251, "value": "v"}]),
    post("runs/log-batch", run_id="<batch>", params=[{"value": "v"}]),
    post("runs/log-batch", run_id="<batch>", params=["p"]),
    post("runs/log-batch", run_id="<batch>", tags=[{"key": "a/./b", "value": "v"}]),
    post("runs/log-batch", run_id="<batch>", tags=[{"key": "long", "value": "v" * 8001}]),
    post("runs/log-batch", run_id="<batch>", tags=[{"key": "large", "value": "v" * 1_100_000}]).named(
        "a batch over 1 MB"
    ),
    get("runs/get", run_id="<batch>"),
]

INPUTS = [
    post(
        "runs/log-inputs",
        run_id="<run>",
        datasets=[{"dataset": DATA, "tags": [{"key": "mlflow.data.context", "value": "training"}]}],
    ),
    post("runs/log-inputs", run_id="<run>", datasets=[{"dataset": DATA}]),
    post("runs/log-inputs", run_id="<second>", datasets=[{"dataset": {**DATA, "digest": "d2"}}, {"dataset": DATA}]),
    get("runs/get", run_id="<run>"),
    get("runs/get", run_id="<second>"),
    post("/ajax-api/2.0/mlflow/experiments/search-datasets", experiment_ids=["<runs>"]),
    post("runs/log-inputs", run_id="<run>"),
    post("runs/log-inputs", datasets=[]).words(),
    post("runs/log-inputs", run_id="0" * 32, datasets=[{"dataset": DATA}]).words(),
    post("runs/log-inputs", run_id="<run>", datasets=[{"dataset": {**DATA, "name": "n" * 501}}]),
    post("runs/log-inputs", run_id="<run>", datasets=[{"dataset": {**DATA, "digest": "d" * 37}}]),
    post("runs/log-inputs", run_id="<run>", datasets=[{"dataset": {**DATA, "source": "s" * 65_536}}]),
    post("runs/log-inputs", run_id="<fourth>", datasets=[{"tags": []}]).named("an input without a data set"),
    post("runs/log-inputs", run_id="<run>", datasets="train"),
    post(
        "runs/log-metric", run_id="<run>", key="loss", value=1, timestamp=1, dataset_name="train", dataset_digest="d1"
    ),
    get("metrics/get-history", run_id="<run>", metric_key="loss"),
    post("runs/outputs", run_id="<run>").words(),
    post("runs/outputs", run_id="0" * 32, models=[{"model_id": "m-" + "0" * 32, "step": 1}]),
    post("runs/log-model", run_id="<run>", model_json="{").named("a model that is no JSON"),
    post("runs/log-model", run_id="<run>", model_json='{"artifact_path": "m"}'),
    post("runs/log-model", run_id="<run>").words(),
    post(
        "runs/log-model",
        run_id="<run>",
        model_json='{"artifact_path": "m", "flavors": {}, "utc_time_created": "now", "run_id": "x"}',
    ),
]

DELETED = [
    post("runs/delete", run_id="<second>"),
    post("runs/delete", run_id="<second>"),
    get("runs/get", run_id="<second>"),
    post("runs/update", run_id="<second>", status="FINISHED").words(),
    post("runs/set-tag", run_id="<second>", key="k", value="v").words(),
    post("runs/log-metric", run_id="<second>", key="m", value=1, timestamp=1).words(),
    post("runs/log-parameter", run_id="<second>", key="m", value="1").words(),
    post("runs/log-batch", run_id="<second>", params=[{"key": "m", "value": "1"}]).words(),
    post("runs/delete-tag", run_id="<second>", key="t"),
    post("runs/log-inputs", run_id="<second>", datasets=[{"dataset": DATA}]),
    get("artifacts/list", run_id="<second>"),
    post("runs/restore", run_id="<second>"),
    post("runs/restore", run_id="<second>"),
    get("runs/get", run_id="<second>"),
    post("runs/delete", run_id="0" * 32).words(),
    post("runs/restore", run_id="0" * 32).words(),
    post("runs/delete").words(),
    post("runs/restore").words(),
]

STEPS = [*CREATED, *UPDATED, *TAGGED, *PARAMETERS, *METRICS, *BATCHES, *INPUTS, *DELETED]
