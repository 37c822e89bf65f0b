"""Rendered manifests against other readers: PyYAML for what they say, the real `kubectl` for what it makes of them."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
import yaml
from cluster_double import Cluster, cluster_double
from conftest import REPOSITORY, started_server
from hypothesis import strategies
from test_deploy import Deployer

MANIFESTS = REPOSITORY / "Examples" / "ci" / "manifests"
DIGEST = "sha256:" + "5" * 64
CONTAINER = "scorer=registry.internal/credit-risk:v{version}"
needs_kubectl = pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")


def kubectl(*arguments: object, text: str | None = None) -> dict:
    """Without a cluster to ask: anything that would is an error."""
    command = ["kubectl", *map(str, arguments), "--output=json"]
    environment = {**os.environ, "KUBECONFIG": os.devnull}
    finished = subprocess.run(command, env=environment, input=text, capture_output=True, text=True, timeout=240)
    assert finished.returncode == 0, finished
    return json.loads(finished.stdout)


@needs_kubectl
@pytest.mark.parametrize(
    ("manifest", "pins", "places"),
    [
        (
            "deployment.yaml",
            ("--image", CONTAINER, "--env", "scorer/MODEL_DIGEST={digest}", "--env", "scorer/LOG_LEVEL=debug"),
            {"image": "registry.internal/credit-risk:v7", "env": [DIGEST, "debug"]},
        ),
        ("inferenceservice.yaml", ("--storage-uri", "s3://models/{model}/{version}"), {}),
        ("model.yaml", ("--storage-uri", "s3://models/{model}/{version}"), {}),
    ],
)
def test_kubectl_reads_a_rendered_manifest_as_what_its_own_patch_makes(
    run: Callable, manifest: str, pins: tuple, places: dict
) -> None:
    """What this shows: kubectl decodes the text, a Deployment into its Go type (a list where a map belongs is refused), and
    the JSON patch of ours applied by kubectl gives the same object. What it does not: unknown fields are not looked for
    without a server, and custom kinds are plain maps to it."""
    file = MANIFESTS / manifest
    target = ("deploy", "credit-risk", 7, "--render", "--manifest", file, "--digest", DIGEST, *pins)
    rendered = json.loads(run(*target, "--json").stdout)
    assert rendered["manifest"] == run(*target).stdout
    patch = json.dumps(rendered["patches"][0]["patch"])
    patched = kubectl("patch", "--local", "-f", file, "--type=json", f"--patch={patch}")
    read = kubectl("patch", "--local", "-f", "-", "--type=json", "--patch=[]", text=rendered["manifest"])
    assert read == patched != kubectl("patch", "--local", "-f", file, "--type=json", "--patch=[]")
    if places:
        image = f"scorer={places['image']}"
        container = kubectl("set", "image", "--local", "-f", file, image)["spec"]["template"]["spec"]["containers"][1]
        assert read["spec"]["template"]["spec"]["containers"][1]["image"] == container["image"]
        values = [variable["value"] for variable in read["spec"]["template"]["spec"]["containers"][1]["env"]]
        assert values == places["env"]
    else:
        assert "s3://models/credit-risk/7" in json.dumps(read)


KEYS = strategies.text("abcxyz-_", min_size=1, max_size=6).map(lambda text: "k" + text)
SCALARS = strategies.one_of(
    strategies.integers(-5, 10**6),
    strategies.booleans(),
    strategies.none(),
    strategies.floats(allow_nan=False, allow_infinity=False),
    strategies.text(max_size=12),
    strategies.text("ab: #'\"\\,[]{}&*!|>%@`?-é🙂", max_size=12),
    strategies.sampled_from(["yes", "null", "1e3", "0x1f", "~", "12:30:45", "s3://m/3", "a b", "- x", "=", "<<"]),
)
TREES = strategies.recursive(
    SCALARS,
    lambda inner: strategies.one_of(
        strategies.dictionaries(KEYS, inner, min_size=1, max_size=4), strategies.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=12,
)
LINE = strategies.text(
    strategies.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), exclude_characters="{}"), max_size=30
)


def places(tree: object, path: str = "", steps: tuple = ()) -> Iterator[tuple[str, tuple]]:
    if isinstance(tree, dict):
        for key, inner in tree.items():
            yield from places(inner, f"{path}.{key}" if path else key, (*steps, key))
    elif isinstance(tree, list):
        for index, inner in enumerate(tree):
            yield from places(inner, f"{path}[{index}]", (*steps, index))
    else:
        yield path, steps


def without(tree: object, steps: tuple) -> object:
    copy = json.loads(json.dumps(tree, default=str))
    inner = copy
    for step in steps[:-1]:
        inner = inner[step]
    inner[steps[-1]] = "changed"
    return copy


@hypothesis.settings(max_examples=12, deadline=None, derandomize=True)
@hypothesis.given(data=strategies.data())
def test_nothing_but_the_pinned_value_changes(run: Callable, tmp_path_factory: pytest.TempPathFactory, data) -> None:
    tree = data.draw(strategies.dictionaries(KEYS, TREES, min_size=1, max_size=4))
    style = data.draw(strategies.sampled_from([None, "'", '"']))
    flow = data.draw(strategies.sampled_from([None, False, True]))
    text = yaml.safe_dump(
        tree, default_style=style, default_flow_style=flow, allow_unicode=data.draw(strategies.booleans())
    )
    text = "# the beginning\n" + text + "# the end\n"
    path, steps = data.draw(strategies.sampled_from(list(places(tree))))
    value = data.draw(LINE)
    file = tmp_path_factory.mktemp("render") / "values.yaml"
    file.write_bytes(text.encode())
    finished = run("deploy", "m", 3, "--render", "--manifest", file, "--set", f"{path}={value}", check=False)
    if finished.returncode != 0:
        # Said with its place, and only of what cannot be changed on its own.
        assert finished.returncode == 1 and "values.yaml" in finished.stderr, finished
        reasons = [
            "several lines",
            "an anchor or a tag",
            "control characters",
            "stands for others",
            "cannot be changed",
        ]
        assert any(reason in finished.stderr for reason in reasons), finished.stderr
        return
    before, after = yaml.load(text, yaml.BaseLoader), yaml.load(finished.stdout, yaml.BaseLoader)
    found = after
    for step in steps:
        found = found[step]
    assert found == value
    assert without(before, steps) == without(after, steps)
    # What was text to a YAML reader, and what was not, is so still, unless the new value needs quotes.
    old, new = yaml.safe_load(text), yaml.safe_load(finished.stdout)
    for step in steps:
        old, new = old[step], new[step]
    if isinstance(old, str):
        assert isinstance(new, str)
    untouched = [line for line in text.splitlines() if line.startswith("# the ")]
    assert [line for line in finished.stdout.splitlines() if line.startswith("# the ")] == untouched


# Through the real kubectl, against a double of the API


@pytest.fixture(scope="module")
def registry(gatehouse: Path, example: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployer]:
    folder = tmp_path_factory.mktemp("kubectl")
    with started_server(gatehouse, folder / "data", "--default-policy", "warn") as server:
        client = Deployer(gatehouse, server)
        client("model", "create", "credit-risk")
        for version in ("v1", "v2"):
            client("version", "create", "credit-risk", "--model", example / "models" / version)
        client.promote(2)
        yield client


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    with cluster_double(tmp_path) as running:
        monkeypatch.setenv("KUBECONFIG", str(running.config))
        monkeypatch.setenv("HOME", str(tmp_path))
        for plural, name in [
            ("deployments", "deployment"),
            ("inferenceservices", "inferenceservice"),
            ("models", "model"),
        ]:
            running.add(plural, yaml.safe_load((MANIFESTS / f"{name}.yaml").read_text()))
        yield running


def image(cluster: Cluster) -> str:
    return cluster.objects["deployments", "scorer"]["spec"]["template"]["spec"]["containers"][1]["image"]


@needs_kubectl
def test_a_deployment_is_patched_followed_and_taken_back(registry: Deployer, cluster: Cluster) -> None:
    pins = ("--kubectl", "deployment/scorer", "--image", CONTAINER)
    done = registry.json("deploy", "credit-risk", *pins, "--deadline", "120s")
    assert (done["outcome"], done["health"]["how"]) == ("succeeded", "kubectl rollout status deployment/scorer")
    assert (image(cluster), done["revision"]) == ("registry.internal/credit-risk:v2", "generation 2")
    assert registry.json("deploy", "credit-risk", *pins)["outcome"] == "unchanged"

    cluster.is_working = False
    back = registry.json("deploy", "credit-risk", 1, "--allow-unpromoted", *pins, "--deadline", "2s", code=2)
    assert back["outcome"] == "rolled_back"
    assert "timed out waiting for the condition" in back["reason"]
    assert image(cluster) == "registry.internal/credit-risk:v2"
    # Each patch says what it expects to find, so that nobody else's change is lost.
    assert [[one["op"] for one in operations] for _, _, operations in cluster.patches] == [["test", "replace"]] * 3


@needs_kubectl
@pytest.mark.parametrize("resource", ["inferenceservice/credit", "model.mlops.seldon.io/credit"])
def test_a_custom_object_is_ready_when_its_controller_says_so_of_this_generation(
    registry: Deployer, cluster: Cluster, resource: str
) -> None:
    pins = (
        *("--kubectl", resource, "--namespace", "models", "--storage-uri", "s3://m/{version}"),
        *("--set", "metadata.labels={version}", "--deadline", "120s"),
    )
    done = registry.json("deploy", "credit-risk", *pins)
    assert (done["outcome"], done["health"]["how"]) == ("succeeded", f"condition Ready of {resource}")
    plural = "models" if resource.startswith("model.") else "inferenceservices"
    held = cluster.objects[plural, "credit"]
    assert '"s3://m/2"' in json.dumps(held)
    # What was absent is added, and would be taken away again.
    assert cluster.patches[-1][2][-1] == {"op": "add", "path": "/metadata/labels", "value": "2"}
    cluster.is_working = False
    back = registry.json("deploy", "credit-risk", 1, "--allow-unpromoted", *pins[:-1], "1s", code=2)
    assert "no such model" in back["reason"]
    assert '"s3://m/2"' in json.dumps(cluster.objects[plural, "credit"])


@needs_kubectl
def test_an_object_that_is_not_there_or_has_no_such_container_is_named(registry: Deployer, cluster: Cluster) -> None:
    for resource, pin, what in [
        ("deployment/other", CONTAINER, "not found"),
        ("deployment/scorer", "x:v{version}", "Name the one that is meant with"),
        ("deployment/scorer", "other=x", "has no container 'other'"),
        ("scorer", CONTAINER, "no object of a cluster"),
    ]:
        failed = registry("deploy", "credit-risk", "--kubectl", resource, "--image", pin, code=1)
        assert what in failed.stderr, failed.stderr
    assert cluster.patches == []
