"""Search of runs: every operator, order, view and page."""

import math
from collections.abc import Callable

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from refusals import refused


@pytest.fixture(scope="module")
def runs(client: MlflowClient) -> dict[str, str]:
    """Experiment id and three runs: `low` and `high`, and `bare`, which has nothing."""
    import uuid

    made = {"experiment": client.create_experiment(f"flow-search-{uuid.uuid4().hex[:12]}")}
    for number, (name, score) in enumerate({"low": 0.25, "high": 0.75}.items()):
        run = client.create_run(made["experiment"], start_time=1_000 + number, run_name=name)
        made[name] = run.info.run_id
        client.log_batch(
            run.info.run_id,
            [Metric("score", score, 1, 0), Metric("area under curve", score / 2, 1, 0), Metric("odd", math.nan, 1, 0)],
            [Param("depth", str(number + 3)), Param("Kind", "Tree"), Param("a b", name)],
            [RunTag("team", "Risk"), RunTag("mark.x", name)],
        )
        client.set_terminated(run.info.run_id, end_time=2_000 + number)
    made["bare"] = client.create_run(made["experiment"], start_time=1_002, run_name="bare").info.run_id
    return made


@pytest.fixture
def found(client: MlflowClient, runs: dict[str, str]) -> Callable[..., str]:
    names = {run: name for name, run in runs.items()}

    def found(condition: str = "", *order: str, view: int = ViewType.ACTIVE_ONLY) -> str:
        order = list(order) or ["start_time ASC"]
        answered = client.search_runs([runs["experiment"]], condition, view, order_by=order)
        return " ".join(names[run.info.run_id] for run in answered)

    return found


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("", "low high bare"),
        ("metrics.score > 0.25", "high"),
        ("metrics.score >= 0.25", "low high"),
        ("metrics.score < 0.75", "low"),
        ("metrics.score <= 0.75", "low high"),
        ("metric.score = 0.75", "high"),
        ("metrics.score != 0.75", "low"),
        ("metrics.`area under curve` > 0.2", "high"),
        ('metrics."area under curve" > 0.2', "high"),
        ("metrics.odd > 0", ""),
        ("metrics.odd != 0", "low high"),
        ("metrics.score > 1e-3 AND metrics.score < -1", ""),
        ("params.depth = '3'", "low"),
        ('params.depth != "3"', "high"),
        ("params.Kind LIKE 'T%'", "low high"),
        ("params.Kind LIKE 't%'", ""),
        ("parameters.Kind ILIKE 't%e'", "low high"),
        ("params.Kind LIKE 'T_ee' and param.`a b` = 'high'", "high"),
        ("params.depth IS NULL", "bare"),
        ("params.depth IS NOT NULL", "low high"),
        ("tags.team = 'Risk'", "low high"),
        ("tag.team = 'risk'", ""),
        ("tags.team ILIKE 'risk' AND tags.mark.x = 'low'", "low"),
        ("tags.`mark.x` != 'low'", "high"),
        ("tags.team IS NULL", "bare"),
        ("tags.mlflow.runName = 'bare'", "bare"),
        ("attributes.status = 'FINISHED'", "low high"),
        ("attribute.status != 'FINISHED'", "bare"),
        ("run.run_name LIKE '%w'", "low"),
        ("attr.run_name ILIKE 'BARE'", "bare"),
        ("`Run Name` = 'low'", "low"),
        ("attributes.start_time > 1000", "high bare"),
        ("start_time <= 1001 AND end_time > 2000", "high"),
        ("attributes.artifact_uri LIKE '%/artifacts'", "low high bare"),
        ("attributes.user_id = 'nobody at all'", ""),
    ],
)
def test_filter(found: Callable[..., str], condition: str, expected: str) -> None:
    assert found(condition) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (["metrics.score DESC"], "high low bare"),
        (["metrics.score ASC"], "low high bare"),
        (["metrics.`area under curve` DESC"], "high low bare"),
        (["metrics.odd ASC", "start_time DESC"], "high low bare"),
        (["params.depth DESC"], "high low bare"),
        (["params.`a b` ASC"], "high low bare"),
        (["tags.mark.x"], "high low bare"),
        (["attributes.start_time DESC"], "bare high low"),
        (["start_time"], "low high bare"),
        (["end_time DESC"], "high low bare"),
        (["attribute.status ASC", "run_name DESC"], "low high bare"),
        (["attributes.run_name ASC"], "bare high low"),
    ],
)
def test_order(found: Callable[..., str], order: list[str], expected: str) -> None:
    assert found("", *order) == expected


def test_without_an_order_the_newest_is_first(client: MlflowClient, runs: dict[str, str]) -> None:
    answered = [run.info.run_id for run in client.search_runs([runs["experiment"]])]
    assert answered == [runs["bare"], runs["high"], runs["low"]]


def test_ids_in_a_list(found: Callable[..., str], runs: dict[str, str]) -> None:
    assert found(f"attributes.run_id IN ('{runs['low']}', '{runs['bare']}')") == "low bare"
    assert found(f"run_id NOT IN ('{runs['low']}')") == "high bare"
    assert found(f"run_id = '{runs['high']}'") == "high"
    assert found(f"run_id != '{runs['high']}'") == "low bare"


@pytest.mark.parametrize(
    "condition",
    [
        "metrics.score > 'high'",
        "metrics.score LIKE '1'",
        "params.depth > 3",
        "params.depth = 3",
        "params.depth > '3'",
        "tags.team",
        "team = 'Risk'",
        "metrics.score > 1 OR metrics.score < 0",
        "nothing.score = '1'",
        "attributes.nothing = '1'",
        "attributes.start_time > 'x'",
        "params.depth IN ('3')",
        "metrics.score >",
        "'",
        "metrics.score == 1",
    ],
)
def test_bad_filter(found: Callable[..., str], condition: str) -> None:
    with refused("INVALID_PARAMETER_VALUE"):
        found(condition)


@pytest.mark.parametrize("order", ["metrics.score UP", "nothing", "attributes.nothing", "metrics", "score DESC ASC"])
def test_bad_order(found: Callable[..., str], order: str) -> None:
    with refused("INVALID_PARAMETER_VALUE"):
        found("", order)


def test_pages_hold_everything_once(client: MlflowClient, experiment: str) -> None:
    made = [client.create_run(experiment, start_time=7).info.run_id for _ in range(7)]
    seen, token, pages = [], None, 0
    while pages == 0 or token:
        page = client.search_runs([experiment], max_results=3, page_token=token, order_by=["start_time DESC"])
        seen, token, pages = seen + [run.info.run_id for run in page], page.token, pages + 1
    assert (sorted(seen), pages) == (sorted(made), 3)


def test_deleted_runs_by_view(client: MlflowClient, experiment: str) -> None:
    kept, gone = (client.create_run(experiment).info.run_id for _ in range(2))
    client.delete_run(gone)

    def ids(view: int) -> set[str]:
        return {run.info.run_id for run in client.search_runs([experiment], run_view_type=view)}

    assert ids(ViewType.ACTIVE_ONLY) == {kept}
    assert ids(ViewType.DELETED_ONLY) == {gone}
    assert ids(ViewType.ALL) == {kept, gone}


def test_the_table_of_the_fluent_interface(runs: dict[str, str]) -> None:
    table = mlflow.search_runs([runs["experiment"]], order_by=["start_time ASC"])
    assert list(table["run_id"]) == [runs["low"], runs["high"], runs["bare"]]
    assert list(table["metrics.score"][:2]) == [0.25, 0.75] and table["metrics.score"].isna()[2]
    assert list(table["params.depth"][:2]) == ["3", "4"]


def test_several_experiments_at_once(client: MlflowClient, experiment: str, runs: dict[str, str]) -> None:
    other = client.create_run(experiment).info.run_id
    both = client.search_runs([experiment, runs["experiment"]])
    assert {run.info.run_id for run in both} == {other, runs["low"], runs["high"], runs["bare"]}
    assert client.search_runs([]) == []
