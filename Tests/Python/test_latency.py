"""`gatehouse latency`: quantiles as Python, NumPy and SciPy have them, and a server whose stall cannot hide."""

import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

GENERATOR = np.random.default_rng(20261121)
LISTS = {
    "log-normal": np.exp(GENERATOR.normal(1, 0.5, 500)),
    "ties": GENERATOR.integers(1, 10, 400).astype(float),
    "constant": np.full(100, 7.25),
    "heavy tail": GENERATOR.pareto(1.1, 3000) + 0.1,
    "two values": np.array([1.0, 2.0]),
    "below the least n of p95": GENERATOR.uniform(1, 2, 58),
    "at the least n of p95": GENERATOR.uniform(1, 2, 59),
    "microseconds": GENERATOR.uniform(1e-4, 2e-4, 300),
    "with zeros": np.concatenate([np.zeros(50), GENERATOR.uniform(0, 1e6, 50)]),
}


@pytest.fixture
def times(run: Callable, tmp_path: Path) -> Callable:
    def times(values, *options: object, check: bool = True) -> dict:
        file = tmp_path / "times.txt"
        file.write_text("".join(f"{float(value)!r}\n" for value in values))
        return json.loads(run("latency", "--samples", file, "--json", *options, check=check).stdout)

    return times


def assert_agrees(found: dict, values) -> None:
    values = [float(value) for value in values]
    cuts = statistics.quantiles(values, n=100, method="exclusive")
    for percent in (50, 95, 99):
        # The same operations in the same order: the same bits.
        assert found[f"p{percent}_ms"] == cuts[percent - 1]
    assert found["n"] == len(values)
    assert found["min_ms"] == min(values) and found["max_ms"] == max(values)
    assert found["mean_ms"] == pytest.approx(statistics.fmean(values), rel=1e-12, abs=1e-300)
    for quantile in found["quantiles"]:
        share = quantile["share"]
        reference = stats.quantile_test(values, q=0, p=share).confidence_interval(confidence_level=0.95)
        for end, expected in (("lower", reference.low), ("upper", reference.high)):
            assert quantile[end] == (None if np.isnan(expected) else expected), (share, end)
        numpy = float(np.quantile(values, share, method="weibull"))
        if not quantile["extrapolated"]:
            assert quantile["value_ms"] == pytest.approx(numpy, rel=1e-9, abs=1e-300)
        else:
            # NumPy stops at the extremes where Python's rule goes on.
            assert numpy in (min(values), max(values))
        enough = len(values) >= quantile["n_needed"]
        assert quantile["reason"] == (None if enough else "too_few")


@pytest.mark.parametrize("name", LISTS)
def test_quantiles_are_those_of_python_numpy_and_scipy(times: Callable, name: str) -> None:
    assert_agrees(times(LISTS[name]), LISTS[name])


def test_the_least_counts_are_those_of_a_one_sided_bound(times: Callable) -> None:
    needed = {q["name"]: q["n_needed"] for q in times([1, 2, 3])["quantiles"]}
    for name, share in (("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999)):
        n = needed[name]
        assert share**n <= 0.05 < share ** (n - 1)
    assert needed == {"p50": 5, "p90": 29, "p95": 59, "p99": 299, "p99.9": 2995}


def test_generated_lists_agree(run: Callable, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("latency") / "times.txt"

    @settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.floats(0, 1e9, allow_nan=False, allow_subnormal=False), min_size=2, max_size=400))
    def agrees(values: list[float]) -> None:
        file.write_text("\r\n".join(map(repr, values)))
        assert_agrees(json.loads(run("latency", "--samples", file, "--json").stdout), values)

    agrees()


def test_a_column_of_a_table_is_as_good_as_a_list(run: Callable, times: Callable, tmp_path: Path) -> None:
    values = LISTS["log-normal"]
    file = tmp_path / "times.csv"
    file.write_text("name,ms\n" + "".join(f"a,{value!r}\n" for value in map(float, values)))
    found = json.loads(run("latency", "--samples", file, "--column", "ms", "--json").stdout)
    listed = times(values)
    assert {**found, "source": ""} == {**listed, "source": ""}


@pytest.mark.parametrize(
    ("values", "budget", "code", "verdict"),
    [
        ([10.0] * 100, 10.5, 0, "pass"),
        ([10.0] * 100, 10.0, 0, "pass"),
        ([10.0] * 100, 9.5, 2, "fail"),
        ([10.0] * 58, 50, 3, "inconclusive"),
        ([10.0] * 58, 1, 3, "inconclusive"),
        ([10.0], 50, 3, "inconclusive"),
    ],
)
def test_a_budget_is_kept_or_not_or_cannot_be_judged(
    run: Callable, tmp_path: Path, values: list[float], budget: float, code: int, verdict: str
) -> None:
    file = tmp_path / "times.txt"
    file.write_text("\n".join(map(str, values)))
    finished = run("latency", "--samples", file, "--budget-p95", budget, "--json", check=False)
    assert finished.returncode == code
    assert json.loads(finished.stdout)["budget"]["verdict"] == verdict


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no response times"),
        ("ms\n1\n2\n", "line 1 is no response time: 'ms'"),
        ("1\nnan\n", "line 2"),
        ("1\n-3\n", "line 2"),
        ("1\ninf\n", "line 2"),
        ("1e999\n", "line 1"),
        ("1,2\n", "line 1"),
        ("\x00\x1b[31m\n", "line 1"),
        ("9" * 5000, "line 1"),
    ],
)
def test_a_file_that_holds_no_times_is_refused(run: Callable, tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "times.txt"
    file.write_text(text)
    finished = run("latency", "--samples", file, "--json", check=False)
    assert finished.returncode == 1 and finished.stdout == ""
    assert message in finished.stderr


def test_wrong_options_are_refused(run: Callable, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("x\n1\n")
    for options in (
        [],
        ["--url", "http://127.0.0.1:9"],
        ["--samples", file, "--url", "http://127.0.0.1:9"],
        ["--samples", file, "--budget-p95", "0"],
        ["--samples", file, "--budget-p95", "nan"],
        ["--url", "http://127.0.0.1:9", "--input", file, "--column", "x"],
        ["--url", "http://127.0.0.1:9", "--input", file, "--protocol", "v2"],
    ):
        finished = run("latency", *options, check=False)
        assert finished.returncode == 64 and finished.stdout == "", options
    for options in (["--rate", "0"], ["--requests", "0"], ["--requests", "100000000"], ["--timeout", "nan"]):
        finished = run("latency", "--url", "http://127.0.0.1:9", "--input", file, *options, check=False)
        assert finished.returncode == 1 and "goes from" in finished.stderr or "from 0.001" in finished.stderr, options


def difference(run: Callable, folder: Path, first, second) -> dict:
    for name, values in (("first", first), ("second", second)):
        (folder / name).write_text("\n".join(repr(float(value)) for value in values))
    found = run("latency", "--samples", folder / "first", "--compare-samples", folder / "second", "--json").stdout
    return json.loads(found)["comparison"]["p95_ms"]


def test_the_difference_of_two_p95s_is_that_of_a_bootstrap(run: Callable, tmp_path: Path) -> None:
    generator = np.random.default_rng(5)
    first, second = np.exp(generator.normal(1.2, 0.5, 800)), np.exp(generator.normal(1, 0.5, 700))
    found = difference(run, tmp_path, first, second)

    def p95(values):
        return np.quantile(values, 0.95, method="weibull", axis=-1)

    assert found["difference"] == pytest.approx(p95(first) - p95(second), rel=1e-9)
    # Independent rows: blocks of them are as good as single ones, up to the noise of 1,000 resamples.
    resampled = p95(generator.choice(first, (4000, 800))) - p95(generator.choice(second, (4000, 700)))
    low, high = np.quantile(resampled, [0.025, 0.975])
    width = high - low
    assert found["lower"] == pytest.approx(low, abs=0.12 * width)
    assert found["upper"] == pytest.approx(high, abs=0.12 * width)


def test_short_or_equal_lists_claim_no_difference(run: Callable, tmp_path: Path) -> None:
    short = difference(run, tmp_path, [1.0] * 58, [2.0] * 100)
    assert short["lower"] is None and short["reason"] == "too_few" and short["difference"] == -1
    equal = difference(run, tmp_path, [3.0] * 100, [3.0] * 100)
    assert (equal["difference"], equal["lower"], equal["upper"]) == (0, 0, 0)


@contextmanager
def server(delay: Callable[[int], float], fails: Callable[[int], bool] = lambda _: False) -> Iterator[tuple[str, list]]:
    """An MLflow-like server that waits `delay(number)` seconds before it answers its request of that number."""
    bodies: list = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are two packets: without this the second waits 40 ms for the first to be acknowledged.
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                number = len(bodies)
                bodies.append((self.path, body))
            time.sleep(delay(number))
            if self.path.startswith("/v2/"):
                answer = {"outputs": [{"name": "p", "datatype": "FP64", "shape": [1], "data": [0.5]}]}
            else:
                answer = {"predictions": [0.5]}
            text = json.dumps(answer).encode()
            self.send_response(500 if fails(number) else 200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}", bodies
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    file = tmp_path / "rows.csv"
    file.write_text("x,y\n1,a\n2,b\n3,\n")
    return file


class Stall:
    """From its 21st request on, a server answers nobody for 600 ms."""

    def __init__(self) -> None:
        self.end = 0.0

    def __call__(self, number: int) -> float:
        now = time.monotonic()
        if number >= 20 and not self.end:
            self.end = now + 0.6
        return max(0.0, self.end - now)


def test_a_stall_shows_in_an_open_loop_and_hides_from_a_sequential_one(run: Callable, rows: Path) -> None:
    def p95(mode: str) -> dict:
        with server(Stall()) as (url, _):
            options = ("--requests", 400, "--rate", 200, "--warm-up", 0, "--mode", mode, "--json")
            return json.loads(run("latency", "--url", url, "--input", rows, *options).stdout)

    open_loop, sequential = p95("open_loop"), p95("sequential")
    assert (open_loop["mode"], sequential["mode"]) == ("open_loop", "sequential")
    assert open_loop["n"] == sequential["n"] == 400 and open_loop["errors"] == 0
    # 120 of the 400 requests were to start during the stall; a twentieth of all waited longer than 500 ms.
    assert open_loop["p95_ms"] > 400
    # One request of the sequential measurement met it.
    assert sequential["p95_ms"] < 200 and sequential["max_ms"] > 550
    # Only so many requests are in flight: some of the wait was before sending, and a polite clock would not see it.
    assert open_loop["load"]["p95_from_sending_ms"] <= open_loop["p95_ms"]


def test_rows_are_sent_one_by_one_after_the_warm_up(run: Callable, rows: Path) -> None:
    with server(lambda _: 0) as (url, bodies):
        options = ("--requests", 4, "--rate", 500, "--warm-up", 2, "--mode", "sequential", "--json")
        found = json.loads(run("latency", "--url", url, "--input", rows, *options).stdout)
    sent = [body["dataframe_split"]["data"] for _, body in bodies]
    assert sent == [[[1, "a"]], [[2, "b"]], [[1, "a"]], [[2, "b"]], [[3, None]], [[1, "a"]]]
    assert {path for path, _ in bodies} == {"/invocations"}
    assert found["load"]["warm_up"] == 2 and found["load"]["complete"] and found["reason"] == "too_few"


def test_protocol_v2_is_spoken_too(run: Callable, rows: Path) -> None:
    with server(lambda _: 0) as (url, bodies):
        options = ("--requests", 3, "--warm-up", 0, "--protocol", "v2", "--model", "m", "--json")
        found = json.loads(run("latency", "--url", url, "--input", rows, *options).stdout)
    assert found["n"] == 3 and {path for path, _ in bodies} == {"/v2/models/m/infer"}


def test_failures_are_counted_and_count_against_the_budget(run: Callable, rows: Path) -> None:
    with server(lambda _: 0, fails=lambda number: number % 5 == 0) as (url, _):
        options = ("--requests", 100, "--rate", 200, "--warm-up", 0, "--budget-p95", 5000, "--json")
        finished = run("latency", "--url", url, "--input", rows, *options, check=False)
    found = json.loads(finished.stdout)
    assert (found["n"], found["errors"]) == (80, 20) and "answered 500" in found["load"]["first_error"]
    assert finished.returncode == 2 and "only 80 of 100" in found["budget"]["reason"]


def test_a_server_that_is_not_there_is_told_apart_from_a_slow_one(run: Callable, rows: Path) -> None:
    options = ("--requests", 2, "--warm-up", 0, "--rate", 100, "--json")
    finished = run("latency", "--url", "http://127.0.0.1:9", "--input", rows, *options, check=False)
    assert finished.returncode == 5 and finished.stdout == ""
    assert "None of 2 requests" in finished.stderr and "connection refused" in finished.stderr


def test_two_servers_take_turns_and_the_slower_one_is_found(run: Callable, rows: Path) -> None:
    order: list[str] = []

    def named(name: str, seconds: float) -> Callable[[int], float]:
        def delay(_: int) -> float:
            order.append(name)
            return seconds

        return delay

    with server(named("a", 0.05)) as (slow, _), server(named("b", 0.001)) as (quick, _):
        # So many that some which a busy machine held up do not decide.
        options = ("--requests", 200, "--warm-up", 0, "--mode", "sequential", "--json", "--compare-url", quick)
        found = json.loads(run("latency", "--url", slow, "--input", rows, *options).stdout)
    assert "".join(order) == "abba" * 100
    comparison = found["comparison"]
    assert comparison["paired"] and comparison["pairs"] == 200
    assert comparison["p95_ms"]["lower"] > 5 and found["baseline"]["n"] == 200
    assert comparison["p99_ms"]["reason"] == "too_few"
