"""A registry and a gateway that follows it, for what takes both."""

import contextlib
import json
import os
import subprocess
import time
import urllib.request

import proxies
import servers
from load import PATH

SECONDS_MAX = 60


class Client:
    """The command line against a server that asks for no token."""

    def __init__(self, program, server):
        self.program, self.url = program, f"http://127.0.0.1:{server.port}"

    def __call__(self, *arguments):
        command = [str(part) for part in (self.program, *arguments)]
        done = subprocess.run(
            command, check=False, env=os.environ | {"GATEHOUSE_SERVER": self.url}, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}{done.stdout}")
        return done.stdout

    def produce(self, model, version):
        path = f"{self.url}/api/gatehouse/v1/models/{model}/versions/{version}/transitions"
        text = json.dumps({"to": "Production", "reason": "benchmark"}).encode()
        call = urllib.request.Request(path, text, {"Content-Type": "application/json"})
        with urllib.request.urlopen(call, timeout=30) as answer:
            return json.load(answer)


class Followed(proxies.Proxy):
    """A gateway that has its routes from a registry."""

    def version(self, body=b'{"inputs": [1]}'):
        """Which version answers a request; None: none does yet."""
        call = urllib.request.Request(f"http://127.0.0.1:{self.port}{PATH}", body, {"Content-Type": "application/json"})
        with contextlib.suppress(OSError), urllib.request.urlopen(call, timeout=10) as answer:
            return answer.headers["x-gatehouse-version"]
        return None


def until(happened, what):
    deadline = time.monotonic() + SECONDS_MAX
    while not happened():
        if time.monotonic() > deadline:
            raise SystemExit(f"waited {SECONDS_MAX} s for {what}")
        time.sleep(0.005)


def followed(program, folder, server):
    command = [
        program,
        "gateway",
        "--listen",
        "127.0.0.1:PORT",
        "--loops",
        proxies.LOOPS,
        "--data-dir",
        folder / "data",
    ]
    return proxies.made(Followed("gatehouse", folder, [*command, "--registry", f"http://127.0.0.1:{server.port}"]))


def saved_endpoint(client, folder, upstream, model="credit-risk"):
    file = folder / "endpoint.yaml"
    file.write_text(f"endpoint: credit\nmodel: {model}\nupstream: {upstream}\nunit: {{header: x-customer}}\n")
    client("endpoint", "apply", file)


@contextlib.contextmanager
def running(program, folder, model):
    """A registry with two versions of `credit-risk`, the first in production, and a gateway; `model` answers for both."""
    server = servers.gatehouse(program, folder / "registry")
    gateway = None
    server.start()
    try:
        client = Client(program, server)
        client("model", "create", "credit-risk")
        for version in (1, 2):
            file = folder / f"model-{version}.txt"
            file.write_text(f"version {version}\n")
            client("version", "create", "credit-risk", "--model", file)
        client.produce("credit-risk", 1)
        saved_endpoint(client, folder, f"http://127.0.0.1:{model.port}/{{version}}")
        gateway = followed(program, folder / "gateway", server)
        gateway.start()
        until(lambda: gateway.version() == "1", "version 1 to answer")
        yield client, gateway
    finally:
        if gateway:
            gateway.stop()
        server.stop()
