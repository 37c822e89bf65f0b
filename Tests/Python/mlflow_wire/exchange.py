"""Sends the same steps to two servers and says in what the answers differ.

Where MLflow fails with 500, a refusal is right: its clients repeat what ends with 500 for minutes.
"""

import http.client
import json
import re
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

from mlflow_wire.steps import Step

CALL_SECONDS_MAX = 60
# What every server makes up by itself: identifiers, names of runs, the time.
MADE_UP = [
    (re.compile(r"\bm-[0-9a-f]{32}\b"), "<some logged model>"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<some uuid>"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "<some id>"),
    (re.compile(r"^[a-z]+-[a-z]+-[0-9]{1,4}$"), "<some name>"),
]
# Milliseconds of the years 2024 to 2033; the steps send other times.
NOW = range(1_704_000_000_000, 2_000_000_000_000)
# Lists whose order nobody promises.
UNORDERED = {
    "tags",
    "params",
    "latest_versions",
    "dataset_summaries",
    "aliases",
    "events",
    "dataset_inputs",
    "model_inputs",
    "model_outputs",
}
HEADERS = ["content-type", "content-disposition", "x-content-type-options", "content-range", "allow"]


@dataclass(frozen=True)
class Answer:
    """An answer in words that two servers can agree on."""

    status: int
    body: Any
    headers: dict[str, str]


@dataclass
class Server:
    """One of the two, and what its answers left behind. Mutable: it is a conversation."""

    url: str
    kept: dict[str, str] = field(default_factory=dict)

    def ask(self, step: Step) -> Answer:
        address = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=CALL_SECONDS_MAX)
        try:
            path = urllib.parse.quote(self.filled(step.path), safe="/%:?&=+~@")
            if step.query:
                path += "?" + urllib.parse.urlencode(self.filled(step.query), doseq=True)
            body, headers = step.body, dict(step.headers)
            if body is not None and not isinstance(body, bytes):
                body = json.dumps(self.filled(body)).encode()
                headers.setdefault("Content-Type", "application/json")
            connection.request(step.method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            return self.understood(step, answer, content)
        finally:
            connection.close()

    def filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self.filled(key): self.filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if isinstance(value, str):
            return re.sub("<([a-z_0-9]+)>", lambda found: self.kept.get(found[1], found[0]), value)
        return value

    def understood(self, step: Step, answer: http.client.HTTPResponse, content: bytes) -> Answer:
        kind = (answer.headers.get("content-type") or "").split(";")[0].strip()
        body: Any = content
        if kind == "application/json" or content[:1] == b"{":
            try:
                body = json.loads(content or b"null")
            except ValueError:
                body = content
        for name, path in step.kept.items():
            self.kept[name] = str(picked(body, path))
        headers = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
        headers["content-type"] = kind
        return Answer(answer.status, self.neutral(body), headers)

    def neutral(self, value: Any, key: str = "") -> Any:
        """The value without what this server alone made up."""
        if isinstance(value, dict):
            return {name: self.neutral(item, f"{key}.{name}") for name, item in value.items()}
        if isinstance(value, list):
            items = [self.neutral(item, key) for item in value]
            is_unordered = key.rpartition(".")[2] in UNORDERED or key.endswith("data.metrics")
            return sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) if is_unordered else items
        if isinstance(value, bytes):
            return value.replace(self.url.encode(), b"<server>")
        if isinstance(value, str):
            return "<token>" if key.endswith("next_page_token") and value else self.neutral_text(value)
        if isinstance(value, int) and value in NOW:
            return "<now>"
        return value

    def neutral_text(self, text: str) -> str:
        for name, value in sorted(self.kept.items(), key=lambda item: -len(item[1])):
            if len(value) >= 16:
                text = text.replace(value, f"<{name}>")
        for pattern, word in MADE_UP:
            text = pattern.sub(word, text)
        return text.replace(self.url, "<server>")


def picked(body: Any, path: str) -> Any:
    for part in path.split("."):
        try:
            body = body[int(part)] if isinstance(body, list) else body[part]
        except (KeyError, IndexError, TypeError):
            return f"nothing at {path}"
    return body


def differences(step: Step, theirs: Answer, ours: Answer) -> list[str]:
    """What a client could notice, one line each; `theirs` is MLflow's answer."""
    if theirs.status == 500:
        return [] if 400 <= ours.status < 500 else [f"status: expected a refusal instead of 500, got {ours!r}"]
    if theirs.status != ours.status:
        return [f"status: expected {theirs.status} {theirs.body!r}, got {ours.status} {ours.body!r}"]
    if theirs.status >= 400:
        return error_differences(step, theirs.body, ours.body)
    found = value_differences(theirs.body, ours.body, "body")
    if "artifact" in step.path and isinstance(theirs.body, bytes) and theirs.body:
        found += value_differences(theirs.headers, ours.headers, "headers")
    return found


def error_differences(step: Step, theirs: Any, ours: Any) -> list[str]:
    """A page for people instead of an error in JSON says no more than its status."""
    if not isinstance(theirs, dict) or "error_code" not in theirs:
        return []
    if not isinstance(ours, dict) or ours.get("error_code") != theirs["error_code"]:
        return [f"error: expected {theirs!r}, got {ours!r}"]
    # Ours may say more: what to do next.
    if step.same_words and theirs["message"].strip() not in ours.get("message", ""):
        return [f"message: expected {theirs['message']!r}, got {ours.get('message')!r}"]
    return []


def value_differences(theirs: Any, ours: Any, where: str) -> list[str]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        found = [f"{where}.{key} is missing, expected {theirs[key]!r}" for key in theirs if key not in ours]
        found += [f"{where}.{key} is too much: {ours[key]!r}" for key in ours if key not in theirs]
        for key in theirs:
            if key in ours:
                found += value_differences(theirs[key], ours[key], f"{where}.{key}")
        return found
    if isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        return [
            line
            for number, pair in enumerate(zip(theirs, ours, strict=True))
            for line in value_differences(*pair, f"{where}[{number}]")
        ]
    same = theirs == ours and isinstance(theirs, str) == isinstance(ours, str) and (theirs is True) == (ours is True)
    return [] if same else [f"{where}: expected {theirs!r}, got {ours!r}"]
