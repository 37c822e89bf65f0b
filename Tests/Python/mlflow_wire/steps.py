"""Requests of MLflow's REST API in the order in which they are sent, and what to remember of their answers."""

from dataclasses import dataclass, field, replace
from typing import Any

API = "/api/2.0/mlflow/"
ARTIFACTS = "/api/2.0/mlflow-artifacts/"


@dataclass(frozen=True)
class Step:
    """One request. `<name>` in the path, the query or the body stands for what an earlier step kept under that name."""

    method: str
    path: str
    query: dict[str, Any] | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    same_words: bool = False
    is_compared: bool = True
    name: str = ""

    def keeping(self, **kept: str) -> "Step":
        """Remembers values of the answer: keeping(run="run.info.run_id")."""
        return replace(self, kept=kept)

    def words(self) -> "Step":
        """The text of the error counts, too: users read it, or clients look into it."""
        return replace(self, same_words=True)

    def named(self, name: str) -> "Step":
        """Gives a step that the table of differences speaks of a name of its own."""
        return replace(self, name=name)

    def tidying(self) -> "Step":
        """Only removes what one of the two refused to take, so that later lists are alike."""
        return replace(self, is_compared=False, name="tidying up")

    def sending(self, **headers: str) -> "Step":
        return replace(self, headers={key.replace("_", "-"): value for key, value in headers.items()})

    def at(self, prefix: str) -> "Step":
        """The same request under another prefix, remembering nothing."""
        return replace(self, path=prefix + self.path.removeprefix("/api/"), kept={})

    @property
    def label(self) -> str:
        """For the name of the test: what is sent, cut short."""
        path = self.path.removeprefix(API).removeprefix("/api/2.0/")
        sent = self.query or self.body
        if isinstance(sent, dict) and "filter" in sent:
            sent = sent["filter"]
        elif isinstance(sent, dict) and "order_by" in sent:
            sent = {key: value for key, value in sent.items() if key != "experiment_ids"}
        text = "" if sent is None else f" {sent if len(str(sent)) < 60 else str(sent)[:57] + '...'}"
        return (self.name or f"{self.method} {path}{text}").encode("ascii", "replace").decode()


def whole(path: str) -> str:
    return path if path.startswith("/") else API + path


def get(path: str, query: dict[str, Any] | None = None, /, **fields: Any) -> Step:
    return Step("GET", whole(path), {**(query or {}), **fields})


def post(path: str, body: Any = None, /, **fields: Any) -> Step:
    return Step("POST", whole(path), body=fields if body is None else body)


def patch(path: str, body: Any = None, /, **fields: Any) -> Step:
    return Step("PATCH", whole(path), body=fields if body is None else body)


def delete(path: str, body: Any = None, /, **fields: Any) -> Step:
    return Step("DELETE", whole(path), body=fields if body is None else body)


def put(path: str, body: bytes, /, **headers: str) -> Step:
    return Step("PUT", whole(path), body=body).sending(**headers)


def with_twins(steps: list[Step]) -> list[Step]:
    """Every read goes to the browser's prefix as well."""
    twins = []
    for step in steps:
        twins.append(step)
        if step.method == "GET" and step.path.startswith("/api/") and not step.name:
            twins.append(step.at("/ajax-api/"))
    return twins
