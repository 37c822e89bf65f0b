"""A few answers of the Kubernetes API, enough for the real `kubectl` to get, patch and follow objects. It is no cluster:
nothing is validated, scheduled or run, and the fields it keeps are those it is told."""

import copy
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from model_server import served

KINDS = {
    ("apps", "v1", "deployments"): ("Deployment", "deployment"),
    ("serving.kserve.io", "v1beta1", "inferenceservices"): ("InferenceService", "inferenceservice"),
    ("mlops.seldon.io", "v1alpha1", "models"): ("Model", "model"),
}


@dataclass
class Cluster:
    config: Path
    objects: dict[tuple[str, str], dict] = field(default_factory=dict)
    patches: list[tuple[str, str, list]] = field(default_factory=list)
    # Whether controllers do what was asked of them.
    is_working: bool = True
    # Put aside until the next patch has been answered.
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, plural: str, document: dict) -> None:
        document = copy.deepcopy(document)
        document["metadata"].update(namespace="models", uid="u", resourceVersion="1", generation=1)
        self.objects[plural, document["metadata"]["name"]] = document
        self.settle(document)

    def settle(self, document: dict) -> None:
        """What a controller would write into the status."""
        generation = document["metadata"]["generation"]
        works = self.is_working
        ready = [{"type": "Ready", "status": "True" if works else "False", "message": "" if works else "no such model"}]
        if document["kind"] == "Deployment":
            replicas = document["spec"].get("replicas", 1)
            document["status"] = {
                "observedGeneration": generation,
                "replicas": replicas,
                "updatedReplicas": replicas if works else 0,
                "availableReplicas": replicas if works else 0,
            }
        else:
            document["status"] = {"observedGeneration": generation, "conditions": ready}


def pointer(document: object, path: str) -> tuple[object, str | int]:
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
    for step in steps[:-1]:
        document = document[int(step)] if isinstance(document, list) else document[step]
    last = steps[-1]
    return document, int(last) if isinstance(document, list) else last


def apply_patch(document: dict, operations: list[dict]) -> dict | None:
    """RFC 6902, as far as it is used; None where a test fails."""
    document = copy.deepcopy(document)
    for operation in operations:
        parent, key = pointer(document, operation["path"])
        if operation["op"] == "test" and parent[key] != operation["value"]:
            return None
        if operation["op"] in ("add", "replace"):
            parent[key] = operation["value"]
        if operation["op"] == "remove":
            del parent[key]
    return document


def discovery(path: str) -> dict | None:
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/api/v1":
        return {"kind": "APIResourceList", "groupVersion": "v1", "resources": []}
    if path == "/apis":
        groups = [
            {
                "name": group,
                "versions": [{"groupVersion": f"{group}/{version}", "version": version}],
                "preferredVersion": {"groupVersion": f"{group}/{version}", "version": version},
            }
            for group, version, _ in KINDS
        ]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    for (group, version, plural), (kind, singular) in KINDS.items():
        if path == f"/apis/{group}/{version}":
            verbs = ["get", "list", "patch", "watch"]
            resource = {"name": plural, "singularName": singular, "namespaced": True, "kind": kind, "verbs": verbs}
            return {"kind": "APIResourceList", "groupVersion": f"{group}/{version}", "resources": [resource]}
    return None


@contextmanager
def cluster_double(folder: Path) -> Iterator[Cluster]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, status: int, body: dict) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def refuse(self, status: int, reason: str, message: str) -> None:
            body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason}
            self.answer(status, {**body, "code": status})

        def found(self) -> tuple[str, str] | None:
            parts = self.path.split("?")[0].split("/")
            # /apis/GROUP/VERSION/namespaces/NAMESPACE/PLURAL[/NAME]
            return (parts[6], parts[7]) if len(parts) == 8 else (parts[6], "") if len(parts) == 7 else None

        def do_GET(self) -> None:
            if known := discovery(self.path.split("?")[0]):
                return self.answer(200, known)
            place = self.found()
            with running.lock:
                if place and place in running.objects:
                    return self.answer(200, running.objects[place])
                if place and not place[1]:
                    items = [document for (plural, _), document in running.objects.items() if plural == place[0]]
                    if "watch=" in self.path:
                        return self.answer(200, {"type": "ADDED", "object": items[0]})
                    body = {"kind": f"{items[0]['kind']}List", "apiVersion": items[0]["apiVersion"], "items": items}
                    return self.answer(200, {**body, "metadata": {"resourceVersion": "1"}})
            self.refuse(404, "NotFound", f"{self.path} not found")

        def do_PATCH(self) -> None:
            operations = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            place = self.found()
            with running.lock:
                if place not in running.objects:
                    return self.refuse(404, "NotFound", "not found")
                running.patches.append((*place, operations))
                changed = apply_patch(running.objects[place], operations)
                if changed is None:
                    return self.refuse(422, "Invalid", "the server rejected our request: a test failed")
                changed["metadata"]["generation"] += 1
                running.settle(changed)
                running.objects[place] = changed
                self.answer(200, changed)

        def log_message(self, *_: object) -> None:
            pass

    config = folder / "kubeconfig"
    running = Cluster(config)
    with served(Handler) as port:
        cluster = {"name": "double", "cluster": {"server": f"http://127.0.0.1:{port}"}}
        context = {"name": "double", "context": {"cluster": "double", "user": "nobody", "namespace": "models"}}
        document = {"apiVersion": "v1", "kind": "Config", "current-context": "double"}
        users = [{"name": "nobody", "user": {}}]
        config.write_text(json.dumps({**document, "clusters": [cluster], "contexts": [context], "users": users}))
        yield running
