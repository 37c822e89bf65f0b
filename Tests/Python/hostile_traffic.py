"""Traffic in which every text that a client or a gateway may send is an attempt to run script in a reader's browser."""

import json
import time
from pathlib import Path

from web import ask, bearer

from conftest import Client

POLICY = """\
model: {model}
enforcement: warn
rollout: {{steps: [5, 100], step_min_duration: 1h, step_min_requests: 10, bake: 1h, rollback_on: {{error_rate: 0.05}}}}
"""
SEGMENT = "<img src=x onerror=alert(1)>"
ROWS = 120


def played(client: Client, example: Path, folder: Path, model: str, quoted: str, script: str) -> list[str]:
    """Serves two versions of a model and has them shadowed, compared, rolled out and stopped, with `script` wherever a text
    may be written. The pages that show it."""

    def done(method: str, path: str, body: object) -> dict:
        status, answer = client.call(method, path, body)
        assert status < 300, (path, answer)
        return answer

    old, new = (
        client.json("version", "create", model, "--model", example / "models" / name)["version"] for name in ("v1", "v2")
    )

    def move(version: int, stage: str) -> None:
        done("POST", f"models/{quoted}/versions/{version}/transitions", {"to": stage, "reason": script})

    gateway = Gateway(client, old, new)
    move(old, "Production")
    move(new, "Staging")
    done("PUT", "serving/endpoints/credit", {"model": model, "upstream": "native", "unit": {"header": f"x-{'c' * 40}"}})
    shadow = done("POST", "serving/shadows", {"model": model, "version": new, "endpoint": "credit", "fraction": 1})
    gateway.ship([gateway.pair(number) for number in range(2 * ROWS)])
    done("POST", f"serving/shadows/{shadow['id']}/stop", {"reason": script})

    begin = {"model": model, "version": new, "endpoint": "credit", "percent": 50, "better": "lower", "minimum_effect": 0.1}
    compared = done("POST", "experiments", {**begin, "outcome": script, "maturity_seconds": 0})
    gateway.ship([gateway.exposure(compared["id"], compared["digest"], number) for number in range(4 * ROWS)])
    done("POST", f"experiments/{compared['id']}/stop", {"reason": script})

    policy = folder / "hostile.yaml"
    policy.write_text(POLICY.format(model=json.dumps(model)))
    client("policy", "apply", policy)
    move(new, "Production")
    rollout = client.call("GET", "rollouts")[1]["items"][0]["id"]
    done("POST", f"rollouts/{rollout}/hold", {"reason": script})
    return [
        "/traffic",
        "/traffic/credit",
        "/traffic/credit/shadow",
        f"/rollouts?model={quoted}",
        f"/rollouts/{rollout}",
        f"/slot-experiments?model={quoted}",
        f"/slot-experiments/{compared['id']}",
    ]


class Gateway:
    def __init__(self, client: Client, old: int, new: int) -> None:
        self.server = client.server
        self.token = client.json("token", "create", "gw", "--grant", "gateway")["token"]
        self.versions = (old, new)
        self.batch = 0

    def ship(self, records: list[dict]) -> None:
        self.batch += 1
        path = f"/api/gatehouse/v1/serving/gateways/gw-1/batches/{self.batch}"
        body = "".join(json.dumps(record) + "\n" for record in records).encode()
        answer = ask(self.server.url, path, "POST", headers=bearer(self.token), body=body)
        assert answer.status == 200, answer

    def pair(self, number: int) -> dict:
        """Half of them in a segment with a hostile name, in which the versions differ."""

        def answered(version: int, prediction: float) -> dict:
            return {"version": version, "status": 200, "latency_us": 900, "predictions": [prediction]}

        old, new = self.versions
        differs = number % 4 == 1
        return {
            "shadow": {
                "request_id": f"{SEGMENT}{number}",
                "endpoint": "credit",
                "segment": SEGMENT if number % 2 else "default",
                "at_ms": int(time.time() * 1000),
                "production": answered(old, 0.2),
                "shadow": answered(new, 0.9 if differs else 0.2),
            }
        }

    def exposure(self, split: str, digest: str, number: int) -> dict:
        is_challenger = number % 2 == 0
        version = self.versions[is_challenger]
        return {
            "exposure": {
                "request_id": f"{split}-{number}",
                "endpoint": "credit",
                "segment": SEGMENT if number % 3 else "default",
                "split": split,
                "arm": "challenger" if is_challenger else "champion",
                "reason": "assigned",
                "unit_hash": f"{number:064x}",
                "assigned_version": version,
                "served_version": version,
                "served_digest": digest,
                "at_ms": int(time.time() * 1000),
                "latency_us": 900,
                "status": 200,
            }
        }
