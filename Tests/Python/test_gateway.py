"""The gateway as a program: routes from a file and from a registry, models of its own, and what it does when things end."""

import concurrent.futures
import contextlib
import dataclasses
import json
import re
import signal
import ssl
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from conftest import Client, started_server
from inference_messages import M, method
from model_server import ModelServer, model_servers
from web import Answer, ask

# Reached only when something is wrong, however busy the machine is.
SECONDS_MAX = 120
ROW = {"dataframe_split": {"columns": ["x"], "data": [[1.0]]}}


@dataclasses.dataclass(frozen=True)
class Gateway:
    url: str
    id: str
    process: subprocess.Popen
    log: Path

    def score(self, endpoint: str = "credit", body: object = ROW, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return ask(self.url, f"/endpoints/{endpoint}/invocations", "POST", headers=sent, body=body)

    def version(self) -> str | None:
        return self.score().headers.get("x-gatehouse-version")


@contextmanager
def started_gateway(
    gatehouse: Path, folder: Path, *options: object, trust: ssl.SSLContext | None = None
) -> Iterator[Gateway]:
    """A gateway on a port of its own. Stopping it by SIGTERM with exit code 0 is part of every test."""
    log = folder / "gateway.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [gatehouse, "gateway", "--listen", "127.0.0.1:0", "--loops", "2", "--data-dir", folder / "gateway"]
            + [str(option) for option in options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        found = until(lambda: re.search(r"gateway (\S+) answers at (\S+)", log.read_text()), lambda: log.read_text())
        gateway = Gateway(found.group(2), found.group(1), process, log)
        until(lambda: ask(gateway.url, "/v1/health/ready", trust=trust).status == 200, lambda: log.read_text())
        yield gateway
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=SECONDS_MAX)
        assert code == 0, f"the gateway stopped with {code}\n{log.read_text()}"
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@contextmanager
def running_to_death(gatehouse: Path, folder: Path, *chosen: object) -> Iterator[Gateway]:
    """A gateway that ends by SIGKILL, and need not be ready."""
    log = folder / "gateway.log"
    command = [gatehouse, "gateway", "--listen", "127.0.0.1:0", "--loops", "2", "--data-dir", folder / "gateway"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *map(str, chosen)], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        found = until(lambda: re.search(r"gateway (\S+) answers at (\S+)", log.read_text()), log.read_text)
        yield Gateway(found[2], found[1], process, log)
    finally:
        process.kill()
        process.wait()


def until(happened: Callable[[], object], said: Callable[[], object] = lambda: "") -> object:
    """Waits for it, and gives back what it was."""
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        if found := happened():
            return found
        time.sleep(0.02)
    pytest.fail(f"it did not happen within {SECONDS_MAX} s\n{said()}")


@pytest.fixture(scope="module")
def models() -> Iterator[ModelServer]:
    with model_servers() as running:
        yield running


# From a file


def table(upstream: str) -> dict:
    version = {"version": 7, "digest": "sha256:" + "7" * 64, "upstream": upstream}
    endpoint = {"name": "credit", "model": "credit-risk", "environment": "production", "rules": {}}
    endpoint["segments"] = [{"segment": "default", "champion": version}]
    return {"format": 1, "number": 1, "created_at_ms": 0, "endpoints": [endpoint]}


@pytest.fixture
def routes(tmp_path: Path, models: ModelServer) -> Path:
    file = tmp_path / "routes.json"
    file.write_text(json.dumps(table(f"{models.url}/7")))
    return file


def test_a_table_of_ones_own_needs_no_registry(
    gatehouse: Path, tmp_path: Path, routes: Path, models: ModelServer
) -> None:
    with started_gateway(gatehouse, tmp_path, "--routes", routes) as gateway:
        answer = gateway.score(x_request_id="order-1")
        assert (answer.status, answer.json()) == (200, {"predictions": [7.0]})
        told = {
            name: answer.headers[f"x-gatehouse-{name}"] for name in ("model", "version", "digest", "segment", "arm")
        }
        assert told == {
            "model": "credit-risk",
            "version": "7",
            "digest": "sha256:" + "7" * 64,
            "segment": "default",
            "arm": "champion",
        }
        assert answer.headers["x-gatehouse-request-id"] == "order-1"
        path, headers = models.heard[-1]
        assert (path, headers["x-request-id"]) == ("/7/invocations", "order-1")

        assert gateway.score("nosuch").status == 404
        refused = gateway.score("credit@champion")
        assert refused.status == 400
        assert "champion" in refused.text and "credit" in refused.text
        assert gateway.score(x_gatehouse_version="7").status == 403

        served = ask(gateway.url, "/v1/serving/inventory").json()
        assert [(row["role"], row["version"]) for row in served["served"]] == [("champion", 7)]
        until(lambda: re.search(r'requests_total\{[^}]*version="7"[^}]*\} 1\b', ask(gateway.url, "/metrics").text))


def test_the_end_waits_for_the_request_in_flight_and_takes_no_new_one(
    gatehouse: Path, tmp_path: Path, routes: Path, models: ModelServer
) -> None:
    with (
        started_gateway(gatehouse, tmp_path, "--routes", routes) as gateway,
        concurrent.futures.ThreadPoolExecutor() as pool,
    ):
        before = len(models.heard)
        slow = pool.submit(gateway.score, "credit", {"inputs": ["slow"]})
        until(lambda: len(models.heard) > before)
        gateway.process.send_signal(signal.SIGTERM)
        assert slow.result(timeout=SECONDS_MAX).status == 200
        assert gateway.process.wait(timeout=SECONDS_MAX) == 0
        with pytest.raises(OSError):
            gateway.score()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 2}, "form 2"),
        ({"endpoints": [{"name": "x"}]}, "no route table"),
        ({"endpoints": table("gopher://scoring:8080")["endpoints"]}, "not the address of a model server"),
        ({"endpoints": table("native")["endpoints"]}, "runs no models"),
        ({"endpoints": table("http://a:1")["endpoints"] * 2}, "twice"),
    ],
)
def test_a_table_that_cannot_be_served_is_refused_at_the_start(
    run: Callable, tmp_path: Path, change: dict, words: str
) -> None:
    file = tmp_path / "routes.json"
    file.write_text(json.dumps({**table("http://127.0.0.1:1/7"), **change}))
    options = ("--routes", file, "--listen", "127.0.0.1:0", "--data-dir", tmp_path / "gateway")
    finished = run("gateway", *options, check=False)
    assert finished.returncode == 1, finished
    assert words in finished.stderr


def test_what_makes_no_sense_is_wrong_usage(run: Callable, tmp_path: Path) -> None:
    for options in (
        (),
        ("--routes", "x", "--registry", "http://y"),
        ("--routes", "x", "--token-file", "y"),
        ("--routes", "x", "--listen", "::1:80"),
        ("--routes", "x", "--loops", "0"),
    ):
        assert run("gateway", *options, check=False).returncode == 64, options
    assert "routes.json" in run("gateway", "--routes", tmp_path / "routes.json", check=False).stderr


# From a registry


def produce(client: Client, model: str, version: int) -> None:
    status, answer = client.call(
        "POST", f"models/{model}/versions/{version}/transitions", {"to": "Production", "reason": "test"}
    )
    assert status == 200, answer


def gateway_options(client: Client, folder: Path) -> tuple[object, ...]:
    token = folder / "gateway.token"
    if not token.exists():
        token.write_text(client.json("token", "create", "gateway", "--grant", "gateway")["token"])
    return ("--registry", client.server.url, "--token-file", token)


def endpoint(client: Client, folder: Path, upstream: str, model: str = "credit-risk") -> None:
    file = folder / "endpoint.yaml"
    file.write_text(f"endpoint: credit\nmodel: {model}\nupstream: {upstream}\nunit: {{header: x-customer}}\n")
    client("endpoint", "apply", file)


def test_a_gateway_follows_its_registry_and_goes_on_without_it(
    gatehouse: Path, tmp_path: Path, example: Path, models: ModelServer
) -> None:
    with contextlib.ExitStack() as life:
        client = Client(
            gatehouse, life.enter_context(started_server(gatehouse, tmp_path / "data", "--default-policy", "warn"))
        )
        client("model", "create", "credit-risk")
        for version in ("v1", "v2", "v3"):
            client("version", "create", "credit-risk", "--model", example / "models" / version)
        produce(client, "credit-risk", 1)
        endpoint(client, tmp_path, f"{models.url}/{{version}}")
        options = gateway_options(client, tmp_path)
        with started_gateway(gatehouse, tmp_path, *options) as gateway:
            answer = gateway.score()
            assert (answer.headers["x-gatehouse-version"], answer.json()) == ("1", {"predictions": [1.0]})
            digest = client.json("version", "show", "credit-risk", 1)["artifact_digest"]
            assert answer.headers["x-gatehouse-digest"] == digest

            produce(client, "credit-risk", 2)
            until(lambda: gateway.version() == "2", gateway.log.read_text)
            inventory = until(lambda: current(client, gateway), gateway.log.read_text)
            served = [(row["role"], row["version"]) for row in inventory["served"]]
            assert served == [("champion", 2), ("last_known_good", 1)]

            shadow_is_counted(client, gateway)

            client("rollback", "credit-risk", "--reason", "it declines everybody")
            until(lambda: gateway.version() == "1", gateway.log.read_text)

            # The registry ends; its models go on being asked.
            life.close()
            assert [gateway.version() for _ in range(5)] == ["1"] * 5
            first = gateway.id
        # A start without the registry: the same gateway, the same table.
        with started_gateway(gatehouse, tmp_path, *options) as gateway:
            answer = gateway.score()
            assert (gateway.id, answer.headers.get("x-gatehouse-version")) == (first, "1"), (answer, gateway.log.read_text())
        assert (tmp_path / "gateway" / "record.key").stat().st_mode & 0o777 == 0o600


def current(client: Client, gateway: Gateway) -> dict | None:
    """The inventory, once this gateway says that it serves what it is asked to."""
    status, inventory = client.call("GET", "serving/inventory")
    assert status == 200
    told = [entry["state"] for entry in inventory["gateways"] if entry["id"] == gateway.id]
    differ = [row for row in inventory["served"] if row["difference"]]
    return inventory if told == ["current"] and not differ else None


def shadow_is_counted(client: Client, gateway: Gateway) -> None:
    """Every request is copied to version 3, and the registry hears of each, but for those that measure production alone."""
    number = ask(gateway.url, "/v1/health/ready").json()["route_table"]
    run = client.json("shadow", "start", "credit-risk", 3, "--endpoint", "credit", "--fraction", 1)
    until(lambda: ask(gateway.url, "/v1/health/ready").json()["route_table"] > number)
    sent = 0

    def report() -> dict:
        return client.call("GET", f"serving/shadows/{run['id']}/report")[1]["report"]

    def whole() -> dict | None:
        found = report()
        away = found["late"] + sum(found["dropped"].values())
        return found if found["eligible"] == sent and found["pairs"] + away == sent else None

    # All of them may fall into a moment in which production is measured alone.
    for _ in range(10):
        for customer in range(30):
            answer = gateway.score(x_customer=f"customer-{customer}")
            assert answer.json() == {"predictions": [2.0]}
        sent += 30
        if until(whole, report)["pairs"] > 0:
            break
    else:
        pytest.fail(f"nothing was compared: {report()}")
    client("shadow", "stop", run["id"], "--reason", "seen enough")


def test_both_arms_of_a_split_answer_and_each_unit_keeps_its_own(
    gatehouse: Path, tmp_path: Path, models: ModelServer
) -> None:
    split = table(f"{models.url}/7")
    challenger = {"version": 8, "digest": "sha256:" + "8" * 64, "upstream": f"{models.url}/8"}
    split["endpoints"][0]["rules"] = {"unit": {"header": "x-customer"}, "access_log_every": 1}
    split["endpoints"][0]["segments"][0]["split"] = {
        "id": "exp_1",
        "kind": "experiment",
        "challenger": challenger,
        "buckets": 50_000,
        "algorithm": "gh1",
        "salt": "a salt",
    }
    file = tmp_path / "routes.json"
    file.write_text(json.dumps(split))
    log = tmp_path / "access.log"
    with started_gateway(gatehouse, tmp_path, "--routes", file, "--access-log", log) as gateway:
        arms = [
            [gateway.score(x_customer=f"c{unit}").headers["x-gatehouse-version"] for unit in range(40)] for _ in "ab"
        ]
        assert arms[0] == arms[1]
        assert set(arms[0]) == {"7", "8"}
        assert gateway.version() == "7"
        until(lambda: "gatehouse_gateway_exposures_total 81" in ask(gateway.url, "/metrics").text)
        until(lambda: log.read_text().count("\n") == 81, log.read_text)
        # Units are hashed before they are written anywhere.
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        assert len(lines) == 81
        assert len({line["unit_hash"] for line in lines if line.get("unit_hash")}) == 40
        assert '"c1"' not in log.read_text()


# Models in the gateway


def test_a_native_version_answers_as_its_library_does(gatehouse: Path, tmp_path: Path) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    numpy = pytest.importorskip("numpy")
    generator = numpy.random.default_rng(4)
    rows = generator.normal(size=(500, 3))
    label = (rows @ [1.0, -2.0, 0.5] + generator.normal(size=500) > 0).astype(int)
    parameters = {"objective": "binary", "verbose": -1, "num_threads": 1, "seed": 1, "deterministic": True}
    data = lightgbm.Dataset(rows, label, feature_name=["a", "b", "c"], params=parameters)
    trained = lightgbm.train(parameters, data, 20)
    folder = tmp_path / "model"
    folder.mkdir()
    trained.save_model(folder / "model.lgb")
    (folder / "MLmodel").write_text(MLMODEL)

    with started_server(gatehouse, tmp_path / "data", "--default-policy", "warn") as server:
        client = Client(gatehouse, server)
        client("model", "create", "scorer")
        client("version", "create", "scorer", "--model", folder)
        produce(client, "scorer", 1)
        endpoint(client, tmp_path, "native", model="scorer")
        with started_gateway(gatehouse, tmp_path, *gateway_options(client, tmp_path)) as gateway:
            asked = {"dataframe_split": {"columns": ["a", "b", "c"], "data": rows[:50].tolist()}}
            until(lambda: gateway.score(body=asked).status == 200, gateway.log.read_text)
            found = gateway.score(body=asked)
            assert found.headers["x-gatehouse-version"] == "1"
            assert found.json()["predictions"] == pytest.approx(list(trained.predict(rows[:50])), rel=1e-12)
            assert gateway.score(body={"dataframe_split": {"columns": ["a"], "data": [["x"]]}}).status == 400
            called = infer(gateway.url.removeprefix("http://"), dict(zip("abc", rows[:50].T, strict=True)))
            assert called == pytest.approx(list(trained.predict(rows[:50])), rel=1e-12)
            until(lambda: current(client, gateway), gateway.log.read_text)


def infer(address: str, columns: dict) -> list[float]:
    """The same asked by gRPC, a tensor of raw bytes for each column."""
    asked = M["ModelInferRequest"](model_name="credit")
    for name, values in columns.items():
        asked.inputs.add(name=name, datatype="FP64", shape=[len(values)])
        asked.raw_input_contents.append(values.tobytes())
    with grpc.insecure_channel(address) as channel:
        answer = method(channel, "ModelInfer")(asked, timeout=SECONDS_MAX)
    assert (answer.model_version, answer.outputs[0].datatype) == ("1", "FP64")
    return list(struct.unpack(f"<{answer.outputs[0].shape[0]}d", answer.raw_output_contents[0]))


MLMODEL = """\
flavors:
  lightgbm:
    data: model.lgb
    lgb_version: 4.7.0
    model_class: lightgbm.basic.Booster
  python_function:
    data: model.lgb
    loader_module: mlflow.lightgbm
signature:
  inputs: '[{"type": "double", "name": "a"}, {"type": "double", "name": "b"}, {"type": "double", "name": "c"}]'
  outputs: '[{"type": "double", "name": "p"}]'
"""
