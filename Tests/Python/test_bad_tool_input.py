"""Whatever the tools are given: exit code 1, 5 or 64 with a message that says what, where and what to do, or honest
nulls with a reason. Never a crash, a hang, text on standard output beside an error, or a number JSON does not have."""

import json
import os
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

FAILED, UNREACHABLE, USAGE = 1, 5, 64


def strict(text: str) -> dict:
    """One JSON object and nothing else; no NaN, no Infinity, no member twice."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    def members(pairs: list) -> dict:
        assert len(dict(pairs)) == len(pairs), [name for name, _ in pairs]
        return dict(pairs)

    found = json.loads(text, parse_constant=refuse, object_pairs_hook=members)
    assert isinstance(found, dict)
    return found


Tool = Callable[..., dict | str]


@pytest.fixture
def tool(run: Callable, tmp_path: Path) -> Tool:
    """Runs a tool in a folder of its own, with files by name: the object it prints, or what it says when it fails."""

    def tool(*arguments: object, files: dict[str, str | bytes] | None = None, code: int = 0) -> dict | str:
        for name, text in (files or {}).items():
            (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        finished = run(*arguments, "--json", check=False, cwd=tmp_path)
        said = finished.stderr
        assert finished.returncode == code, f"{finished.args} ended with {finished.returncode}\n{said}"
        for trace in ["Traceback", "Fatal error", "Stack dump", "Swift/", "GatehouseError(", "Optional("]:
            assert trace not in finished.stdout + said, said
        if code == 0:
            return strict(finished.stdout)
        assert finished.stdout == ""
        assert said.lower().startswith("error: "), said
        return said

    return tool


def missing(value: object, path: str = "") -> Iterator[str]:
    """The paths of objects with `value` null that give no reason."""
    match value:
        case dict():
            if "value" in value and value["value"] is None and not value.get("reason"):
                yield path
            for name, inner in value.items():
                yield from missing(inner, f"{path}.{name}")
        case list():
            for index, inner in enumerate(value):
                yield from missing(inner, f"{path}[{index}]")


def csv(header: str, *rows: str, times: int = 1) -> str:
    return header + "\n" + "".join(row + "\n" for row in rows * times)


# Files that hold no usable rows, whichever tool reads them


READERS = [
    pytest.param(["measure", "bad.csv", "--label", "y", "--score", "s"], id="measure"),
    pytest.param(["drift", "good.csv", "bad.csv", "--features", "s"], id="drift"),
    pytest.param(["compare-arms", "bad.csv", "--arm", "y", "--value", "s"], id="compare-arms"),
    pytest.param(["latency", "--samples", "bad.csv", "--column", "s"], id="latency"),
    pytest.param(["score", "--model", "model.txt", "--input", "bad.csv"], id="score"),
]
GOOD = csv("y,s", "0,0.25", "1,0.75", times=50)
MODEL = """tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=0
objective=regression
feature_names=s
feature_infos=[0:1]
tree_sizes=1

Tree=0
num_leaves=2
num_cat=0
split_feature=0
split_gain=1
threshold=0.5
decision_type=2
left_child=-1
right_child=-2
leaf_value=0.25 0.75
leaf_weight=1 1
leaf_count=1 1
internal_value=0
internal_weight=0
internal_count=2
is_linear=0
shrinkage=1

end of trees
"""


@pytest.mark.parametrize("arguments", READERS)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(None, "cannot be opened", id="no file"),
        pytest.param("", "is empty", id="empty"),
        pytest.param("y,s\n", "no rows", id="header only"),
        pytest.param("y,s,s\n0,1,1\n", "stands twice", id="column twice"),
        pytest.param("y,s\n0,1\n0\n", "row 2 (line 3)", id="short row"),
        pytest.param("y,s\n0,inf\n", "row 1 (line 2), column 's'", id="infinite"),
        pytest.param("y,s\n0,1\n1,1e999\n", "row 2 (line 3), column 's'", id="too large for a number"),
        pytest.param("y,s\n0,1\n1,high\n", "row 2 (line 3), column 's'", id="a word among numbers"),
        pytest.param('y,s\n0,"1\n', "never closed", id="open quote"),
        pytest.param(b"y,s\n0,\xff\xfe\n", "UTF-8", id="not UTF-8"),
    ],
)
def test_files_without_usable_rows_are_named(
    tool: Tool, arguments: list[str], text: str | bytes | None, said: str
) -> None:
    files = {"good.csv": GOOD, "model.txt": MODEL} | ({} if text is None else {"bad.csv": text})
    error = tool(*arguments, files=files, code=FAILED)
    assert said in error
    assert "bad.csv" in error
    assert "fix: " in error


# One tool after the other: what is refused


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        pytest.param("y,s\n2,0.1\n0,0.2\n", [], "2 in row 1", id="label 2"),
        pytest.param("y,s\nno,0.1\nyes,0.2\n", [], "'no' in row 1", id="label in words"),
        pytest.param("y,s\n1,0.1\n0,\n", [], "'s' has no value in row 2", id="no score"),
        pytest.param("y,s\n1,nan\n0,1\n", [], "'s' has no value in row 1", id="score NaN"),
        pytest.param("y,s,w\n1,0.1,-1\n0,0.2,1\n", ["--weight", "w"], "negative", id="negative weight"),
        pytest.param("y,s,w\n1,0.1,0\n0,0.2,0\n", ["--weight", "w"], "weights are 0", id="no weight"),
        pytest.param("y,s,w\n1,0.1,a\n0,0.2,b\n", ["--weight", "w"], "holds text", id="weight in words"),
        pytest.param(GOOD, ["--weight", "z"], "no column 'z'", id="weight misspelt"),
        pytest.param(GOOD, ["--groups", "z"], "no column 'z'", id="group misspelt"),
        pytest.param(GOOD, ["--groups", "y"], "cannot be a group", id="label as group"),
        pytest.param(GOOD, ["--groups", "g,g"], "twice", id="group twice"),
        pytest.param(GOOD, ["--intersections"], "--intersections", id="nothing to intersect"),
        pytest.param(GOOD, ["--threshold", "nan"], "--threshold", id="threshold NaN"),
        pytest.param(GOOD, ["--task", "multiclass"], "score per class", id="one score, several classes"),
        pytest.param(GOOD, ["--task", "regression", "--quantile", "1"], "--quantile", id="quantile 1"),
        pytest.param(GOOD, ["--baseline-score", "s,y"], "same number of scores", id="baseline of another shape"),
        pytest.param(
            csv("y,s,g", *[f"{i % 2},0.{i % 9},g{i}" for i in range(1500)]),
            ["--groups", "g"],
            "1500 groups",
            id="1500 groups",
        ),
    ],
)
def test_measure_refuses(tool: Tool, text: str, options: list[str], said: str) -> None:
    error = tool("measure", "a.csv", "--label", "y", "--score", "s", *options, files={"a.csv": text}, code=FAILED)
    assert said in error
    assert "fix: " in error


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--alpha", 0], "--alpha"),
        (["--alpha", 1], "--alpha"),
        (["--alpha", "nan"], "--alpha"),
        (["--moderate", "nan"], "--moderate"),
        (["--significant", "inf"], "--significant"),
        (["--rare-share", 1], "--rare-share"),
        (["--min-rows", 0], "--min-rows"),
        (["--features", "z"], "'z'"),
        (["--features", ","], "--features"),
        (["--correction", "hope"], "'hope'"),
        (["--label", "y"], "both"),
        (["--label", "y", "--score", "s", "--threshold", "nan"], "--threshold"),
        (["--bins", "none.json"], "none.json"),
        (["--bins", "empty.json"], "empty.json"),
        (["--bins", "falling.json"], "falling.json"),
        (["--bins", "text.json"], "text.json"),
        (["--bins", "misspelt.json"], "misspelt.json"),
        (["--bins", "list.json"], "list.json"),
    ],
)
def test_drift_refuses(tool: Tool, options: list, said: str) -> None:
    bins = {"empty": "", "falling": '{"s":[1,0]}', "text": '{"s":["a"]}', "misspelt": '{"z":[0,1]}', "list": "[]"}
    files = {"a.csv": GOOD, "b.csv": GOOD} | {f"{name}.json": text for name, text in bins.items()}
    assert said in tool("drift", "a.csv", "b.csv", *options, files=files, code=FAILED)


@pytest.mark.parametrize(
    "counts", ["5/3", "-1/10", "1e20/1e21", "1.5/3", "1/", "/1", "a/b", "1/2/3", f"{2**63 - 1}/{2**63 - 1}"]
)
def test_compare_arms_refuses_what_is_no_count(tool: Tool, counts: str) -> None:
    error = tool("compare-arms", f"--control={counts}", "--treatment", "1/9", code=FAILED)
    assert f"'{counts}' is no count" in error
    assert "fix: " in error


@pytest.mark.parametrize(
    "options",
    [
        ["--alpha", 0],
        ["--alpha", 1],
        ["--margin", "nan"],
        ["--split", "1,0"],
        ["--split", "nan,1"],
        ["--looks", "100,50"],
        ["--looks", "100,100"],
        ["--looks", "1e30"],
        ["--looks", "0"],
        ["--effect", 0],
        ["--burn-in", 2**63 - 1],
        ["--concentration", 1e300],
        ["--tuning", "nan"],
        ["--unit", "u"],
    ],
)
def test_compare_arms_names_the_option(tool: Tool, options: list) -> None:
    error = tool("compare-arms", "--control", "120/1000", "--treatment", "150/1000", *options, code=FAILED)
    assert options[0] in error or f"'{options[1]}' is no plan of looks" in error


@pytest.mark.parametrize(
    "options",
    [
        ["--rate", 1.5],
        ["--rate", "nan"],
        ["--rate", 0.12, "--alpha", 0],
        ["--rate", 0.12, "--power", 1],
        ["--rate", 0.12, "--allocation", "1,0"],
        ["--rate", 0.12, "--per-day", "nan"],
        ["--rate", 0.12, "--margin", 0],
        ["--rate", 0.12, "--n", 2**63 - 1],
    ],
)
def test_power_names_the_option(tool: Tool, options: list) -> None:
    assert options[-2] in tool("power", "--baseline-rate", 0.1, *options, code=FAILED)


@pytest.mark.parametrize("option", ["--exclude", "--text-column"])
def test_profile_refuses_a_column_that_is_not_there(run: Callable, tmp_path: Path, option: str) -> None:
    (tmp_path / "a.csv").write_text(GOOD)
    finished = run("profile", "a.csv", option, "z", "-o", "b.json", check=False, cwd=tmp_path)
    assert (finished.returncode, finished.stdout) == (FAILED, "")
    assert "no column 'z'" in finished.stderr
    assert not (tmp_path / "b.json").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--threshold", "nan"], "--threshold"),
        (["--threshold", "inf"], "--threshold"),
        (["--champion", "m.txt", "--champion-scores", "s"], "Both --champion and --champion-scores"),
        (["--policy", "none.yaml"], "none.yaml"),
        (["--policy", "judge.yaml"], "judge.yaml:4:16: gates.fairness.judge_by"),
        (["--policy", "loss.yaml"], "loss.yaml:4:28: gates.fairness.max_loss_to_champion"),
        (["--policy", "correction.yaml"], "correction.yaml:4:18: gates.data_drift.correction"),
        (["--policy", "margin.yaml"], "margin.yaml:5:14: gates.accuracy.margin"),
    ],
)
def test_evaluate_refuses(tool: Tool, options: list[str], said: str) -> None:
    rules = {
        "judge": "  fairness:\n     judge_by: luck",
        "loss": "  fairness:\n     max_loss_to_champion: .nan",
        "correction": "  data_drift:\n     correction: hope",
        "margin": "  accuracy:\n     compare: non_inferior\n     margin: -1",
    }
    files = {f"{name}.yaml": f"model: m\ngates:\n{rule}\n" for name, rule in rules.items()}
    arguments = ["evaluate", "--data", "a.csv", "--label", "y", "--scores", "s", *options]
    error = tool(*arguments, files=files | {"a.csv": GOOD}, code=FAILED)
    assert said in error


@pytest.mark.parametrize("bounds", ["0:0", "2:1", "-1:1", "0:2", f"0:{2**63 - 1}"])
def test_score_refuses_iterations_that_the_model_lacks(tool: Tool, bounds: str) -> None:
    error = tool(
        "score",
        "--model",
        "m.txt",
        "--input",
        "a.csv",
        f"--iterations={bounds}",
        files={"m.txt": MODEL, "a.csv": GOOD},
        code=FAILED,
    )
    assert bounds in error
    assert "fix: " in error


@pytest.mark.parametrize("header", ["y,S", "y,t"])
def test_score_refuses_rows_without_a_feature(tool: Tool, header: str) -> None:
    files = {"m.txt": MODEL, "a.csv": csv(header, "0,1")}
    assert "no column 's'" in tool("score", "--model", "m.txt", "--input", "a.csv", files=files, code=FAILED)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no response times"),
        ("\n\n", "no response times"),
        ("1\nfast\n", "line 2"),
        ("1\n-2\n", "line 2"),
        ("1\nnan\n", "line 2"),
        ("1\n1e308\n", "line 2"),
        ("1,2\n", "line 1"),
        (b"\x00" * 5000, "line 1"),
        ("1" * 1_000_000, "line 1"),
    ],
)
def test_latency_refuses_what_is_no_list_of_times(tool: Tool, text: str | bytes, said: str) -> None:
    error = tool("latency", "--samples", "a.txt", files={"a.txt": text}, code=FAILED)
    assert said in error and "a.txt" in error
    assert len(error) < 500


@pytest.mark.parametrize(
    "arguments",
    [
        ["measure", "a.csv"],
        ["measure", "a.csv", "--label", "y", "--score", "s", "--threshold", "high"],
        ["drift", "a.csv"],
        ["score", "--model", "m.txt", "--input", "a.csv", "--iterations", "all"],
        ["score", "--model", "m.txt", "--input", "a.csv", "-o", "-"],
        ["power", "--baseline-rate", "0.1", "--n", "1e20"],
        ["compare-arms", "--control", "1/2", "--treatment", "1/2", "--decide-by", "luck"],
        ["latency"],
        ["latency", "--samples", "a.txt", "--url", "http://127.0.0.1:1"],
        ["latency", "--samples", "a.txt", "--budget-p95", "nan"],
    ],
)
def test_wrong_usage_is_told_apart_from_wrong_data(tool: Tool, arguments: list[str]) -> None:
    assert "help" in tool(*arguments, code=USAGE)


# Model servers that are none


class Refusing(BaseHTTPRequestHandler):
    """Answers each request with what its path names."""

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        status, body = {"/500": (500, b"sorry"), "/empty": (200, b""), "/page": (200, b"<html>")}[self.path[:-12]]
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def refusing() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def talking() -> Iterator[Callable[[bytes | None], str]]:
    """Servers that send these bytes and close, or for None never say anything."""
    listeners, kept = [], []

    def serve(listener: socket.socket, answer: bytes | None) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            kept.append(connection)
            if answer is not None:
                connection.sendall(answer)
                connection.close()

    def start(answer: bytes | None) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=serve, args=(listener, answer), daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for closing in listeners + kept:
        closing.close()


LOAD = ["--requests", 3, "--warm-up", 0, "--time-limit", 60]


def measured(tool: Tool, url: str, code: int, timeout: float = 20) -> str:
    options = [*LOAD, "--timeout", timeout]
    return tool("latency", "--url", url, "--input", "a.csv", *options, files={"a.csv": GOOD}, code=code)


@pytest.mark.parametrize(("path", "said"), [("500", "500: 'sorry'"), ("empty", "an empty body"), ("page", "'<html>'")])
def test_latency_quotes_a_server_that_answers_no_predictions(tool: Tool, refusing: str, path: str, said: str) -> None:
    error = measured(tool, f"{refusing}/{path}", UNREACHABLE)
    assert "None of 3 requests" in error and said in error


@pytest.mark.parametrize(
    "answer", [b"", b"\x00\xff nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", None]
)
def test_latency_survives_a_server_that_speaks_no_http(tool: Tool, talking: Callable, answer: bytes | None) -> None:
    # The one that says nothing is waited for in vain.
    assert "None of 3 requests" in measured(tool, talking(answer), UNREACHABLE, timeout=20 if answer is not None else 0.5)


def test_latency_says_that_nobody_listens(tool: Tool) -> None:
    assert "connection refused" in measured(tool, "http://127.0.0.1:1", UNREACHABLE)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nope",
        "http://",
        "ftp://127.0.0.1",
        "http://127.0.0.1:65536",
        "http://127.0.0.1:99999",
        "http://[::1",
        "http://a b",
    ],
)
def test_latency_refuses_what_is_no_url(tool: Tool, url: str) -> None:
    assert f"'{url}' is not the URL of a server" in measured(tool, url, FAILED)


# What can be computed is, and the rest is null with a reason


SCORED = [
    pytest.param(csv("y,s", "1,0.5"), {"auc_roc": "single_class", "mcc": "single_class"}, id="one row"),
    pytest.param(
        csv("y,s", "1,0.2", "1,0.7", times=40), {"auc_roc": "single_class", "fpr": "no_negatives"}, id="all positive"
    ),
    pytest.param(
        csv("y,s", "0,0.2", "0,0.7", times=40), {"auc_roc": "single_class", "recall": "no_positives"}, id="all negative"
    ),
    pytest.param(csv("y,s", "0,0.5", "1,0.5", times=40), {"mcc": "nothing_rejected"}, id="constant score"),
    pytest.param(csv("y,s", "0,-3", "1,7", times=40), {"log_loss": "not_probabilities"}, id="margins"),
    pytest.param(csv("y,s", "0,-1e308", "1,1e308", times=40), {"brier": "not_probabilities"}, id="huge"),
    pytest.param(csv("y,s", "0,0", "1,5e-324", times=40), {"precision": "nothing_selected"}, id="subnormal"),
]


@pytest.mark.parametrize(("text", "reasons"), SCORED)
def test_measure_gives_a_reason_for_what_it_cannot_say(tool: Tool, text: str, reasons: dict[str, str]) -> None:
    found = tool("measure", "a.csv", "--label", "y", "--score", "s", files={"a.csv": text})
    assert list(missing(found)) == []
    for metric, reason in reasons.items():
        assert (found["metrics"][metric]["value"], found["metrics"][metric]["reason"]) == (None, reason)


@pytest.mark.parametrize("weight", ["1e-320", "1e300", "1e308"])
def test_weights_count_by_their_ratios_however_large(tool: Tool, weight: str) -> None:
    rows = [f"{i % 2},0.{i * 37 % 100:02}" for i in range(100)]
    plain = tool("measure", "a.csv", "--label", "y", "--score", "s", files={"a.csv": csv("y,s", *rows)})
    text = csv("y,s,w", *[f"{row},{weight}" for row in rows])
    weighted = tool("measure", "b.csv", "--label", "y", "--score", "s", "--weight", "w", files={"b.csv": text})
    for metric in ["auc_roc", "log_loss", "accuracy", "pr_auc"]:
        expected = pytest.approx(plain["metrics"][metric]["value"], rel=1e-9)
        assert weighted["metrics"][metric]["value"] == expected, metric


def test_a_negative_threshold_selects_margins(tool: Tool) -> None:
    files = {"a.csv": csv("y,s", "0,-3", "1,-1", times=40)}
    found = tool("measure", "a.csv", "--label", "y", "--score", "s", "--threshold", -2, files=files)
    assert found["confusion"] == {"tp": 40, "fp": 0, "tn": 40, "fn": 0}


def test_names_of_groups_are_data_and_no_commands_to_a_terminal(tool: Tool, run: Callable, tmp_path: Path) -> None:
    names = ["red\x1b[31m", "🙈", "bell\x07", "‮sdrawkcab"]
    text = csv("y,s,g", *[f"{i // 4 % 2},0.{i * 37 % 100:02},{names[i % 4]}" for i in range(400)])
    arguments = ["measure", "a.csv", "--label", "y", "--score", "s", "--groups", "g"]
    found = tool(*arguments, files={"a.csv": text})
    assert sorted(group["group"][0] for group in found["groups"]) == sorted(names)
    shown = run(*arguments, "--report", "a.html", cwd=tmp_path).stdout
    assert "\x07" not in shown and "\x1b[31m" not in shown
    assert "\x1b" not in (tmp_path / "a.html").read_text()


@pytest.mark.parametrize("value", [5, "1e308", "5e-324", "nan", "word"])
def test_drift_between_constants_says_numbers_or_why_not(tool: Tool, value: object) -> None:
    files = {"a.csv": csv("s", f"{value}", times=100), "b.csv": csv("s", "0", "1", times=50)}
    feature = tool("drift", "a.csv", "b.csv", files=files)["features"][0]
    assert (feature["psi"] is None) <= bool(feature["reason"])
    assert feature["verdict"] in ["drift", "inconclusive"]


@pytest.mark.parametrize(
    ("control", "treatment"), [("0/0", "0/0"), ("0/0", "1/9"), ("0/1", "1/1"), ("0/1000", "0/1000"), ("9/9", "9/9")]
)
def test_next_to_nothing_does_not_decide(tool: Tool, control: str, treatment: str) -> None:
    found = tool("compare-arms", "--control", control, "--treatment", treatment)
    assert found["verdict"] == "not_decided" and found["reason"]
    assert found["always_valid_verdict"] in [None, "not_decided"]


@pytest.mark.parametrize("rates", [(0, 0.5), (1, 0.5), (0.5, 0), (0.5, 1), (0.5, 0.5), (1e-300, 0.5)])
def test_power_at_the_ends_of_rates_is_rows_or_a_reason(tool: Tool, rates: tuple[float, float]) -> None:
    found = tool("power", "--baseline-rate", rates[0], "--rate", rates[1])
    assert found["n_per_arm"] == (None if rates == (0.5, 0.5) else 11)
    assert found["reason"] == ("no_rows_suffice" if rates == (0.5, 0.5) else None)


# Names, bytes and files


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (
            ["measure", "a.csv", "--label", "y", "--score", "s", "--baseline-score", "y", "--groups", "g"],
            "rows positives threshold metrics baseline comparison groups fairness",
        ),
        (["drift", "a.csv", "b.csv"], "features missing_in_current missing_in_reference"),
        (["score", "--model", "m.txt", "--input", "a.csv"], "predictions"),
        (["power", "--baseline-rate", 0.1, "--rate", 0.2], "n_per_arm"),
        (["compare-arms", "--control", "1/9", "--treatment", "2/9"], "two_proportions welch mann_whitney srm msprt"),
        (["latency", "--samples", "a.txt"], "p50_ms p95_ms p99_ms lower upper n errors mode"),
    ],
)
def test_members_have_the_names_that_scripts_rely_on_and_the_same_bytes_each_time(
    tool: Tool, run: Callable, tmp_path: Path, arguments: list, names: str
) -> None:
    rows = [f"{i % 2},0.{i * 37 % 100:02},{'mf'[i % 3 == 0]}" for i in range(120)]
    files = {"a.csv": csv("y,s,g", *rows), "b.csv": csv("y,s,g", *rows[20:]), "m.txt": MODEL, "a.txt": "1\n2\n" * 40}
    found = tool(*arguments, files=files)
    assert set(names.split()) <= set(found)
    first, again = (run(*arguments, "--json", cwd=tmp_path).stdout for _ in range(2))
    assert first == again and first.count("\n") == 1


@pytest.mark.parametrize("folder", ["nowhere", "a.csv", "."])
def test_a_report_that_cannot_be_written_leaves_nothing_behind(tool: Tool, tmp_path: Path, folder: str) -> None:
    path = "." if folder == "." else f"{folder}/a.html"
    error = tool(
        "measure", "a.csv", "--label", "y", "--score", "s", "--report", path, files={"a.csv": GOOD}, code=FAILED
    )
    assert f"'{path}' cannot be written" in error
    assert [file.name for file in tmp_path.iterdir()] == ["a.csv"]


def test_a_report_goes_into_a_pipe_and_does_not_replace_it(run: Callable, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # Held open for reading, the pipe takes the page without anybody waiting for it.
    held = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    try:
        finished = run("power", "--baseline-rate", 0.1, "--rate", 0.2, "--report", pipe)
        assert "report: " in finished.stderr
        assert os.read(held, 15) == b"<!doctype html>"
    finally:
        os.close(held)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
