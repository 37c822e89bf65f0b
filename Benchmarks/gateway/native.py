"""A model scored inside the gateway against the same model behind `mlflow models serve` and MLServer, all over HTTP.

usage: native.py GATEHOUSE PYTHON MLSERVER FOLDER     PYTHON has mlflow and lightgbm; MLSERVER: a program, or a word why there is none
"""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import load
import proxies
import registry
import servers
from contest import figure
from load import median, ratio

SECONDS = int(os.environ.get("SECONDS_PER_CELL", "2"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
CONNECTIONS = (1, 16)
WARM_UP_SECONDS = 2
TRAINING = """
import lightgbm, mlflow, numpy, sys
generator = numpy.random.default_rng(7)
names = [f"f{column}" for column in range(20)]
rows = generator.normal(size=(5000, 20))
label = (rows @ generator.normal(size=20) + generator.normal(size=5000) > 0).astype(int)
parameters = {"objective": "binary", "num_leaves": 31, "verbose": -1, "num_threads": 1, "seed": 7, "deterministic": True}
trained = lightgbm.train(parameters, lightgbm.Dataset(rows, label, feature_name=names), 100)
import pandas
frame = pandas.DataFrame(rows[:5], columns=names)
signature = mlflow.models.infer_signature(frame, trained.predict(frame))
mlflow.lightgbm.save_model(trained, sys.argv[1], signature=signature)
"""


def mlflow_server(python, model, folder):
    # `env-manager local`: the environment that runs it is the one the model was trained in.
    command = [python, "-m", "mlflow", "models", "serve", "-m", model, "-p", "PORT", "--env-manager", "local"]
    return proxies.made(proxies.Proxy("mlflow", folder, command, environment={"PATH": path_with(python)}))


def path_with(program):
    return f"{Path(program).parent}:{os.environ['PATH']}"


class MLServer(proxies.Proxy):
    def is_healthy(self, path="/v2/health/ready", timeout_s=10):
        return super().is_healthy(path, timeout_s)


def ml_server(program, model, folder):
    settings = {"name": "credit", "implementation": "mlserver_mlflow.MLflowRuntime", "parameters": {"uri": str(model)}}
    ports = {
        "http_port": "PORT",
        "grpc_port": servers.free_port(),
        "metrics_port": servers.free_port(),
        "parallel_workers": 0,
    }
    files = {
        "model-settings.json": json.dumps(settings),
        "settings.json": json.dumps(ports | {"host": "127.0.0.1", "debug": False}).replace('"PORT"', "PORT"),
    }
    environment = {"PATH": path_with(program)}
    return proxies.made(MLServer("mlserver", folder, [program, "start", "."], files=files, environment=environment))


def prediction(proxy, body):
    call = urllib.request.Request(
        f"http://127.0.0.1:{proxy.port}{PATHS[proxy.name]}", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(call, timeout=30) as answer:
        return json.load(answer)["predictions"][0]


PATHS = {"gatehouse": load.PATH, "mlflow": "/invocations", "mlserver": "/invocations"}


def main(program, python, mlserver, folder):
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / "model"
    subprocess.run([python, "-c", TRAINING, model], check=True, capture_output=True)
    body = folder / "body.json"
    body.write_text(proxies.body())
    server = servers.gatehouse(program, folder / "registry")
    peers = [mlflow_server(python, model, folder / "mlflow")]
    if os.access(mlserver, os.X_OK):
        peers.append(ml_server(mlserver, model, folder / "mlserver"))
    else:
        print(f"without MLServer: {mlserver}")
    started = [server, *peers]
    try:
        for one in started:
            one.start()
        client = registry.Client(program, server)
        client("model", "create", "scorer")
        client("version", "create", "scorer", "--model", model)
        client.produce("scorer", 1)
        registry.saved_endpoint(client, folder, "native", model="scorer")
        ours = registry.followed(program, folder / "gateway", server)
        started.append(ours)
        ours.start()
        registry.until(lambda: ours.version(body.read_bytes()) == "1", "the native model to answer")
        found = {proxy.name: prediction(proxy, body.read_bytes()) for proxy in (ours, *peers)}
        if max(abs(value - found["gatehouse"]) for value in found.values()) > 1e-9:
            raise SystemExit(f"the answers differ: {found}")
        for connections in CONNECTIONS:
            race(ours, peers, body, connections)
    finally:
        for one in reversed(started):
            one.stop()


def race(ours, peers, body, connections):
    rounds = {proxy.name: [] for proxy in (ours, *peers)}
    for proxy in (ours, *peers):
        load.wrk(proxy, body, connections, WARM_UP_SECONDS, path=PATHS[proxy.name])
    for _ in range(ROUNDS):
        for proxy in (ours, *peers):
            rounds[proxy.name].append(load.wrk(proxy, body, connections, SECONDS, path=PATHS[proxy.name]))
    print(f"\n100 trees, 20 features, one row, {connections} connections   load {os.getloadavg()[0]:.1f}")
    print(f"  {'':10} {'requests/s':>10} {'p50 µs':>9} {'p99 µs':>9} {'CPU µs':>9}")
    for name, own in rounds.items():
        figures = " ".join(f"{median(own, key):9,.0f}" for key in ("p50_us", "p99_us", "cpu_us"))
        failed = sum(one.failed for one in own)
        print(f"  {name:10} {median(own, 'per_second'):10,.0f} {figures}{f'   {failed} failed' if failed else ''}")
    for peer in peers:
        speed, late, cpu = (
            ratio(rounds[ours.name], rounds[peer.name], "per_second"),
            ratio(rounds[peer.name], rounds[ours.name], "p99_us"),
            ratio(rounds[peer.name], rounds[ours.name], "cpu_us"),
        )
        print(
            f"  ratio to {peer.name}: {figure(speed)}   (requests/s; p99 {figure(late)}, CPU per request {figure(cpu)})"
        )
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]))
