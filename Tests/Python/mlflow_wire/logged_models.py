"""Logged models, and the runs they come from and go into."""

from mlflow_wire.steps import Step, delete, get, patch, post

NOBODY = "m-" + "0" * 32


def search(condition: str = "", **more: object) -> Step:
    order = [{"field_name": "creation_timestamp", "ascending": True}]
    body = {"experiment_ids": ["<shelf>"], "order_by": order, **more}
    return post("logged-models/search", {**body, "filter": condition} if condition else body)


def ordered(field: str, **more: object) -> Step:
    """The one without a name is left out: each server makes up another."""
    return search("name IN ('one', 'two', 'three')", order_by=[{"field_name": field, **more}])


CREATED = [
    post("experiments/create", name="shelf").keeping(shelf="experiment_id"),
    post("runs/create", experiment_id="<shelf>", run_name="maker", start_time=1).keeping(maker="run.info.run_id"),
    post(
        "logged-models",
        experiment_id="<shelf>",
        name="one",
        model_type="agent",
        source_run_id="<maker>",
        params=[{"key": "depth", "value": "3"}],
        tags=[{"key": "team", "value": "Risk"}],
    ).keeping(one="model.info.model_id"),
    get("logged-models/<one>"),
    post("logged-models", experiment_id="<shelf>", name="two").keeping(two="model.info.model_id"),
    post("logged-models", experiment_id="<shelf>").keeping(unnamed="model.info.model_id"),
    post("logged-models", {"experiment_id": "<shelf>", "name": "three", "modelType": "x"}).keeping(
        three="model.info.model_id"
    ),
    post("logged-models").words(),
    post("logged-models", experiment_id="999", name="x"),
    post("logged-models", experiment_id="<shelf>", name=5),
    *[post("logged-models", experiment_id="<shelf>", name=name) for name in ["a/b", "a:b", "a.b", "a%b", "a'b", 'a"b']],
    post("logged-models", experiment_id="<shelf>", name=""),
    post("logged-models", experiment_id="<shelf>", name="x", source_run_id="0" * 32).named("a source run nobody knows"),
    post("logged-models", experiment_id="<shelf>", name="x", params="none"),
    post("logged-models", experiment_id="<shelf>", name="n", tags=[{"key": "k" * 251, "value": "v"}]),
    get(f"logged-models/{NOBODY}").words(),
    get("logged-models/x"),
]

CHANGED = [
    patch("logged-models/<one>", model_id="<one>", status="LOGGED_MODEL_READY"),
    patch("logged-models/<two>", model_id="<two>", status="LOGGED_MODEL_UPLOAD_FAILED"),
    patch("logged-models/<three>", model_id="<three>", status=2),
    patch("logged-models/<three>", model_id="<three>").words(),
    post("logged-models", experiment_id="0", name="spare").keeping(spare="model.info.model_id"),
    patch("logged-models/<spare>", model_id="<spare>", status="BOGUS").named("a status that does not exist"),
    patch("logged-models/<three>", status="LOGGED_MODEL_READY").named("a logged model named by its path alone"),
    patch(f"logged-models/{NOBODY}", model_id=NOBODY, status="LOGGED_MODEL_READY").words(),
    patch("logged-models/<one>/tags", tags=[{"key": "a", "value": "1"}, {"key": "team", "value": "Fraud"}]),
    patch("logged-models/<one>/tags", tags=[]),
    patch("logged-models/<one>/tags", tags="none"),
    patch(f"logged-models/{NOBODY}/tags", tags=[{"key": "a", "value": "1"}]).words(),
    get("logged-models/<one>"),
    delete("logged-models/<one>/tags/a"),
    delete("logged-models/<one>/tags/a").words(),
    delete(f"logged-models/{NOBODY}/tags/a"),
    post("logged-models/<one>/params", model_id="<one>", params=[{"key": "depth", "value": "3"}]).named(
        "a parameter of a logged model twice"
    ),
    post("logged-models/<one>/params", model_id="<one>", params=[{"key": "d", "value": "5"}]),
    post(f"logged-models/{NOBODY}/params", model_id=NOBODY, params=[{"key": "d", "value": "5"}]),
    get("logged-models/<one>"),
]

METRICS = [
    post("runs/log-metric", run_id="<maker>", key="score", value=0.25, timestamp=5, step=1, model_id="<one>"),
    post(
        "runs/log-batch",
        run_id="<maker>",
        metrics=[
            {"key": "score", "value": 0.75, "timestamp": 5, "step": 1, "model_id": "<two>"},
            {
                "key": "loss",
                "value": 0.5,
                "timestamp": 6,
                "step": 2,
                "model_id": "<one>",
                "dataset_name": "train",
                "dataset_digest": "d1",
            },
        ],
    ),
    post("runs/log-metric", run_id="<maker>", key="loss", value=1, timestamp=5, model_id=NOBODY).named(
        "a metric of a model nobody knows"
    ),
    get("logged-models/<one>"),
    get("runs/get", run_id="<maker>"),
    post("runs/outputs", run_id="<maker>", models=[{"model_id": "<one>", "step": 7}]),
    post("runs/outputs", run_id="<maker>", models=[{"model_id": "<one>", "step": 7}]).named("an output twice"),
    post("runs/log-inputs", run_id="<maker>", models=[{"model_id": "<two>"}]),
    get("runs/get", run_id="<maker>"),
]

SEARCHED = [
    search(),
    search("", max_results=2).keeping(page="next_page_token"),
    search("", max_results=2, page_token="<page>"),
    search("name = 'one'", max_results=2, page_token="<page>").named("a page of another question"),
    post("logged-models/search", experiment_ids=["<shelf>"], filter="name = 'one'"),
    post("logged-models/search", {"experiment_ids": ["<shelf>"], "maxResults": 1, "filter": "name = 'one'"}),
    post("logged-models/search").words(),
    post("logged-models/search", experiment_ids=[]),
    post("logged-models/search", experiment_ids=["999"]),
    post("logged-models/search", experiment_ids="<shelf>"),
    search("", max_results=0),
    search("", max_results="x"),
    search("", page_token="garbage!").named("a page of garbage"),
    *[
        search(condition)
        for condition in [
            "name = 'one'",
            "name != 'one'",
            "name LIKE 'one%'",
            "name ILIKE 'ONE%'",
            "name IN ('one', 'two')",
            "name NOT IN ('one', 'two')",
            "attributes.name = 'one'",
            "attribute.model_type = 'agent'",
            "model_id = '<one>'",
            "status = 'READY'",
            "source_run_id = '<maker>'",
            "creation_timestamp > 5",
            "last_updated_timestamp < 5",
            "creation_time > 5",
            "metrics.score > 0.5",
            "metrics.score != 0.75",
            "metrics.loss <= 0.5",
            "params.depth = '3'",
            "params.depth LIKE '%'",
            "tags.team = 'Fraud'",
            "tags.team != 'x' AND name = 'one'",
            "tags.`team` ILIKE 'f%'",
        ]
    ],
    *[
        search(condition)
        for condition in [
            "nothing = 'x'",
            "name > 'a'",
            "name = one",
            "name = 'a' OR name = 'b'",
            "params.depth = 3",
            "creation_timestamp LIKE '5'",
            "tags.team > 'a'",
            "garbage",
            "name =",
        ]
    ],
    search("metrics.score = 'high'").named("a metric of a logged model as text"),
    search("creation_timestamp > 'x'").named("a time of a logged model as text"),
    ordered("name", ascending=True),
    ordered("name", ascending=False),
    ordered("name"),
    ordered("metrics.score", ascending=True),
    ordered("metrics.score"),
    ordered("metrics.loss", dataset_name="train", dataset_digest="d1"),
    ordered("metrics.loss", dataset_name="train"),
    ordered("metrics.loss", dataset_digest="d1").named("an order by the digest of a data set without its name"),
    ordered("params.depth", ascending=True),
    ordered("nothing"),
    ordered("last_updated_timestamp", ascending=True),
    search("", order_by=[{"ascending": True}]),
    search("", order_by=["name"]),
    search("metrics.loss > 0", datasets=[{"dataset_name": "train", "dataset_digest": "d1"}]),
    search("metrics.loss > 0", datasets=[{"dataset_name": "other"}]),
    search("", datasets=[{"dataset_digest": "d1"}]),
    delete("logged-models/<two>"),
    delete("logged-models/<two>"),
    get("logged-models/<two>"),
    delete(f"logged-models/{NOBODY}").words(),
    patch("logged-models/<two>", model_id="<two>", status="LOGGED_MODEL_READY"),
    search(),
    get("logged-models/<one>/artifacts/directories"),
    get("logged-models/<one>/artifacts/directories", artifact_directory_path="../x"),
    get(f"logged-models/{NOBODY}/artifacts/directories"),
]

STEPS = [*CREATED, *CHANGED, *METRICS, *SEARCHED]
