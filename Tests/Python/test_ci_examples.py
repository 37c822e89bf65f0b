"""The pipelines of Examples/ci are valid, and every command line in them is one that the program takes."""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from conftest import REPOSITORY
from jsonschema import Draft7Validator

EXAMPLES = REPOSITORY / "Examples" / "ci"
PIPELINES = {"gitlab-ci.yml": "gitlab-ci.json", "github-actions.yml": "github-workflows.json"}
# A port that nothing listens at: a command that is understood comes as far as asking the server.
NOWHERE = {
    "GATEHOUSE_SERVER": "http://127.0.0.1:9",
    "GATEHOUSE_TOKEN": "x",
    "MODEL": "credit-risk",
    "MODEL_VERSION": "3",
}
PLACES = {"SERVING_REPOSITORY": "/nowhere.git", "SCORING_URL": "http://127.0.0.1:9"}


def schema(name: str) -> dict:
    text = files("check_jsonschema").joinpath("builtin_schemas", "vendor", name).read_text(encoding="utf-8")
    return json.loads(text)


class Loader(yaml.SafeLoader):
    """As GitHub reads it: `on` is a word."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def pipeline(name: str) -> dict:
    return yaml.load((EXAMPLES / name).read_text(), Loader)


@pytest.mark.parametrize("name", PIPELINES)
def test_a_pipeline_is_valid(name: str) -> None:
    validator = Draft7Validator(schema(PIPELINES[name]))
    problems = [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(pipeline(name))]
    assert problems == []


def test_the_schemas_find_mistakes() -> None:
    wrong = {"deploy": {"script": ["x"], "allow_failure": {"exit_codes": "three"}}}
    assert list(Draft7Validator(schema("gitlab-ci.json")).iter_errors(wrong))
    wrong = {**pipeline("github-actions.yml"), "jobs": {"a": {"steps": [{"run": "x"}]}}}
    assert list(Draft7Validator(schema("github-workflows.json")).iter_errors(wrong))


def scripts(name: str) -> Iterator[str]:
    document = pipeline(name)
    jobs = document.get("jobs", document)
    for job in jobs.values():
        if isinstance(job, dict):
            yield from job.get("script", [])
            yield from (step["run"] for step in job.get("steps", []) if "run" in step)


@pytest.mark.parametrize("name", PIPELINES)
def test_every_command_of_a_pipeline_is_understood(name: str, gatehouse: Path, tmp_path: Path) -> None:
    (tmp_path / "gatehouse").symlink_to(gatehouse)
    (tmp_path / "golden.jsonl").write_text((EXAMPLES / "golden.jsonl").read_text())
    environment = {**os.environ, **NOWHERE, **PLACES, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    found = list(scripts(name))
    assert len(found) == 4
    for script in found:
        ran = subprocess.run(
            ["bash", "-ec", script], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=240
        )
        # 64 is wrong usage; 5 is a server that cannot be reached.
        assert ran.returncode == 5, (script, ran)


@pytest.mark.parametrize("manifest", sorted(path.name for path in (EXAMPLES / "manifests").iterdir()))
def test_the_command_above_a_manifest_pins_it(manifest: str, run) -> None:
    file = EXAMPLES / "manifests" / manifest
    comment = re.match(r"((?:#.*\n)+)", file.read_text()).group(1).replace("\n#", "\n")
    command = shlex.split(comment[comment.index("gatehouse deploy") :].replace("\\\n", " "))
    assert command[:3] == ["gatehouse", "deploy", "credit-risk"]
    pins = [
        word
        for option, value in zip(command[3::2], command[4::2], strict=True)
        if option in ("--image", "--env", "--storage-uri", "--set")
        for word in (option, value)
    ]
    digest = "sha256:" + "5" * 64
    target = ("deploy", "credit-risk", 7, "--render", "--manifest", file, "--digest", digest)
    rendered = run(*target, *pins).stdout
    before, after = file.read_text().splitlines(), rendered.splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == len(pins) // 2
    for old, new in changed:
        assert old.split("#")[1:] == new.split("#")[1:]
        assert re.search(rf"[v/ ]7\b|{digest}", new), new
    assert file.read_text() == "\n".join(before) + "\n"
