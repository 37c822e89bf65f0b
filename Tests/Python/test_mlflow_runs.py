"""Runs through MLflow's REST API: what is logged comes back, in whatever order and size it was sent, or is refused
whole; concurrent writers lose nothing; nonsense is a 4xx."""

import base64
import http.client
import json
import math
import re
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import started_server
from hypothesis import given, settings
from hypothesis import strategies as st

PREFIX = "/api/2.0/mlflow/"
CALL_SECONDS_MAX = 60
LARGEST = 1.7976931348623157e308
EXAMPLES = settings(max_examples=40, derandomize=True, deadline=None)


class Tracking:
    """One connection to the server, as MLflow's client keeps one."""

    def __init__(self, url: str, token: str):
        self.address = urllib.parse.urlsplit(url)
        self.token = token
        self.connection = self.connect()

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=CALL_SECONDS_MAX)

    def raw(self, method: str, path: str, body: bytes | None, kind: str = "application/json") -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            headers["Content-Type"] = kind
        self.connection.request(method, PREFIX + path, body, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def call(self, method: str, path: str, status: int = 200, **fields: Any) -> dict:
        if method == "GET":
            code, text = self.raw(method, f"{path}?{urllib.parse.urlencode(fields, doseq=True)}", None)
        else:
            code, text = self.raw(method, path, json.dumps(fields).encode())
        assert code == status, f"{method} {path} {str(fields)[:300]}: {code} {text[:500]!r}"
        return json.loads(text)

    def post(self, path: str, status: int = 200, **fields: Any) -> dict:
        return self.call("POST", path, status, **fields)

    def run(self, experiment: str = "0", **fields: Any) -> str:
        return self.post("runs/create", experiment_id=experiment, **fields)["run"]["info"]["run_id"]

    def read(self, run: str) -> dict:
        return self.call("GET", "runs/get", run_id=run)["run"]

    def history(self, run: str, key: str, **fields: Any) -> list[dict]:
        points, token = [], {}
        while True:
            page = self.call("GET", "metrics/get-history", run_id=run, metric_key=key, **fields, **token)
            points += page.get("metrics", [])
            if "next_page_token" not in page:
                return points
            token = {"page_token": page["next_page_token"]}


@pytest.fixture(scope="module")
def tracking(gatehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracking]:
    with started_server(gatehouse, tmp_path_factory.mktemp("runs") / "data") as server:
        yield Tracking(server.url, server.token)


def stored(value: float) -> float:
    """What a value becomes: the infinities are the largest numbers."""
    return math.copysign(LARGEST, value) if math.isinf(value) else value


def sort_value(value: float) -> float:
    """What a value is compared by: NaN as 0, as MLflow's SQL store has it."""
    return 0.0 if math.isnan(value) else stored(value)


def same(left: Any, right: float) -> bool:
    return left == "NaN" if math.isnan(right) else left == right


POINTS = st.lists(
    st.tuples(
        st.sampled_from(["loss", "a/b", "é:1"]),
        st.floats(width=64) | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1.0]),
        st.integers(0, 5) | st.sampled_from([2**53 + 1, 2**63 - 1]),
        st.integers(-3, 3) | st.sampled_from([-(2**63), 2**63 - 1]),
    ),
    min_size=1,
    max_size=30,
)


@EXAMPLES
@given(points=POINTS, size=st.integers(1, 40), batched=st.booleans())
def test_every_point_comes_back_once_and_the_latest_counts(
    tracking: Tracking, points: list[tuple], size: int, batched: bool
) -> None:
    run = tracking.run()
    metrics = [{"key": k, "value": spelled(v), "timestamp": t, "step": s} for k, v, t, s in points]
    if batched:
        tracking.post("runs/log-batch", run_id=run, metrics=metrics)
    else:
        for metric in metrics:
            tracking.post("runs/log-metric", run_id=run, **metric)
    newest = {metric["key"]: metric for metric in tracking.read(run)["data"]["metrics"]}
    assert newest.keys() == {point[0] for point in points}
    for key, metric in newest.items():
        own = {(t, s, sort_value(v), math.isnan(v)) for k, v, t, s in points if k == key}
        history = tracking.history(run, key, max_results=size)
        got = [
            (m["timestamp"], m["step"], 0.0 if m["value"] == "NaN" else m["value"], m["value"] == "NaN")
            for m in history
        ]
        assert got == sorted(own)
        assert (metric["step"], metric["timestamp"]) == max((s, t) for t, s, *_ in own)
        candidates = [v for k, v, t, s in points if (k, t, s) == (key, metric["timestamp"], metric["step"])]
        best = max(map(sort_value, candidates))
        assert any(same(metric["value"], stored(v)) for v in candidates if sort_value(v) == best)


def spelled(value: float) -> Any:
    """How a number travels in JSON."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@EXAMPLES
@given(
    params=st.dictionaries(st.from_regex(r"[a-zA-Z0-9_]{1,10}", fullmatch=True), TEXTS, max_size=15),
    tags=st.dictionaries(st.from_regex(r"[a-zA-Z0-9_]{1,10}", fullmatch=True), TEXTS, max_size=15),
)
def test_params_and_tags_come_back_as_they_were(tracking: Tracking, params: dict, tags: dict) -> None:
    run = tracking.run()
    entries = {name: [{"key": k, "value": v} for k, v in e.items()] for name, e in [("params", params), ("tags", tags)]}
    for _ in range(2):
        tracking.post("runs/log-batch", run_id=run, **entries)
    data = tracking.read(run)["data"]
    assert {p["key"]: p["value"] for p in data.get("params", [])} == params
    assert {t["key"]: t["value"] for t in data["tags"] if t["key"] != "mlflow.runName"} == tags


@EXAMPLES
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "run_id",
                        "key",
                        "value",
                        "timestamp",
                        "step",
                        "metrics",
                        "params",
                        "tags",
                        "name",
                        "experiment_id",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
@pytest.mark.parametrize(
    "path", ["runs/create", "runs/log-batch", "runs/log-metric", "runs/log-inputs", "logged-models", "runs/search"]
)
def test_nonsense_is_refused_or_taken_but_never_breaks_the_server(tracking: Tracking, path: str, body: Any) -> None:
    status, answer = tracking.raw("POST", path, json.dumps(body).encode())
    assert status < 500, answer
    assert isinstance(json.loads(answer), dict)


@pytest.mark.parametrize("size", [1, 2, 3, 10, 1000])
def test_pages_of_runs_hold_each_once_while_others_are_started(tracking: Tracking, size: int) -> None:
    experiment = tracking.post("experiments/create", name=f"pages of {size}")["experiment_id"]
    runs = {tracking.run(experiment, start_time=number // 4) for number in range(20)}
    seen, token = [], {}
    while True:
        page = tracking.post("runs/search", experiment_ids=[experiment], max_results=size, **token)
        seen += [run["info"]["run_id"] for run in page.get("runs", [])]
        # One that sorts before all others must not push any of them to the next page.
        tracking.run(experiment, start_time=10**6)
        if "next_page_token" not in page:
            break
        token = {"page_token": page["next_page_token"]}
    assert len(seen) == len(set(seen))
    assert runs <= set(seen)


def test_many_clients_log_to_one_run_and_nothing_is_lost(tracking: Tracking) -> None:
    run = tracking.run()
    (clients, calls, per_call) = (16, 10, 20)

    def work(client: int) -> None:
        own = Tracking(tracking.address.geturl(), tracking.token)
        for number in range(calls):
            step = client * calls + number
            own.post(
                "runs/log-batch",
                run_id=run,
                metrics=[{"key": f"m{key}", "value": step, "timestamp": 1, "step": step} for key in range(per_call)],
                params=[{"key": f"p{client}-{number}", "value": "v"}],
                tags=[{"key": "last", "value": f"{client}"}],
            )

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(work, range(clients)))
    data = tracking.read(run)["data"]
    assert {m["value"] for m in data["metrics"]} == {clients * calls - 1}
    assert len(data["params"]) == clients * calls
    for key in range(per_call):
        assert len(tracking.history(run, f"m{key}")) == clients * calls


def test_one_writer_of_many_wins_a_param_and_the_others_are_told(tracking: Tracking) -> None:
    run = tracking.run()

    def work(value: int) -> int:
        own = Tracking(tracking.address.geturl(), tracking.token)
        body = json.dumps({"run_id": run, "key": "p", "value": str(value)}).encode()
        return own.raw("POST", "runs/log-parameter", body)[0]

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(work, range(16)))
    assert sorted(statuses) == [200] + [400] * 15
    kept = tracking.read(run)["data"]["params"]
    assert kept == [{"key": "p", "value": str(statuses.index(200))}]


def test_a_batch_with_one_bad_entry_changes_nothing(tracking: Tracking) -> None:
    run = tracking.run()
    tracking.post("runs/log-parameter", run_id=run, key="p", value="1")
    before = tracking.read(run)
    good = {"metrics": [{"key": "m", "value": 1, "timestamp": 1}], "tags": [{"key": "t", "value": "1"}]}
    for bad in [
        {**good, "params": [{"key": "new", "value": "1"}, {"key": "p", "value": "2"}]},
        {**good, "params": [{"key": "new", "value": "1"}, {"key": "bad@key", "value": "2"}]},
        {**good, "metrics": [*good["metrics"], {"key": "m", "value": "much", "timestamp": 1}]},
        {**good, "metrics": [*good["metrics"], {"key": "m", "value": 1, "timestamp": 1, "model_id": "m-none"}]},
    ]:
        code, _ = tracking.raw("POST", "runs/log-batch", json.dumps({"run_id": run, **bad}).encode())
        assert 400 <= code < 500
        assert tracking.read(run) == before
        assert tracking.history(run, "m") == []


def test_a_generated_name_is_two_words_and_a_number(tracking: Tracking) -> None:
    infos = [tracking.post("runs/create", experiment_id="0")["run"]["info"] for _ in range(50)]
    assert all(re.fullmatch(r"[a-z]+-[a-z]+-\d{1,3}", info["run_name"]) for info in infos)
    assert len({info["run_name"] for info in infos}) > 40
    assert all(re.fullmatch(r"[0-9a-f]{32}", info["run_id"]) for info in infos)


@pytest.mark.parametrize(
    "token",
    [
        "!!",
        "aGVsbG8=",
        "e30=",
        base64.b64encode(b'{"offset": -1}').decode(),
        base64.b64encode(b'{"after": [1]}').decode(),
        "x" * 5000,
    ],
)
def test_a_history_token_that_is_none_is_refused(tracking: Tracking, token: str) -> None:
    run = tracking.run()
    answer = tracking.call("GET", "metrics/get-history", 400, run_id=run, metric_key="m", page_token=token)
    assert answer["error_code"] == "INVALID_PARAMETER_VALUE"
    assert answer["message"].startswith("Invalid page token")


def test_search_finds_what_python_would_find(tracking: Tracking) -> None:
    experiment = tracking.post("experiments/create", name="search")["experiment_id"]
    values = {}
    for number in range(30):
        run = tracking.run(experiment, start_time=number)
        values[run] = (number * 7) % 11 / 10
        tracking.post(
            "runs/log-batch",
            run_id=run,
            metrics=[{"key": "auc", "value": values[run], "timestamp": 1}],
            params=[{"key": "depth", "value": str(number % 3)}],
            tags=[{"key": "half", "value": "even" if number % 2 == 0 else "odd"}],
        )

    def search(text: str, *order: str) -> list[str]:
        found = tracking.post("runs/search", experiment_ids=[experiment], filter=text, order_by=order)
        return [run["info"]["run_id"] for run in found.get("runs", [])]

    runs = list(values)
    for bound in [-1, 0, 0.35, 0.5, 1]:
        assert set(search(f"metrics.auc > {bound}")) == {run for run in runs if values[run] > bound}
    assert set(search("params.depth = '2' AND tags.half LIKE 'e%'")) == {
        run for number, run in enumerate(runs) if number % 3 == 2 and number % 2 == 0
    }
    expected = sorted(runs, key=lambda run: (-values[run], -runs.index(run)))
    assert search("", "metrics.auc DESC") == expected
