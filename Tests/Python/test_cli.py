"""The command line as scripts and people meet it: help, JSON, pipes, exit codes, signals."""

import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import Client, Server, started_server, unused_port

HELP_LINES_MAX = 50
USAGE = 64
ESCAPE = "\x1b"


def subcommands(run: Callable, *path: str) -> list[str]:
    """What the help of a command lists, without a command that stands for its default."""
    listed = re.findall(
        r"^  ([a-z][a-z-]+)(?: \(default\)|, [a-z]+)?(?:  |$)", run(*path, "--help").stdout, re.MULTILINE
    )
    return [name for name in listed if name != "help"]


def every_command(run: Callable, *path: str) -> Iterator[tuple[str, ...]]:
    """All commands, found by following the help."""
    yield path
    help_ = run(*path, "--help").stdout
    if "SUBCOMMANDS:" in help_:
        for name in subcommands(run, *path):
            yield from every_command(run, *path, name)


def test_every_command_has_help_that_fits_a_screen(run: Callable) -> None:
    found = list(every_command(run))
    assert {("evaluate",), ("promote",), ("policy", "check"), ("version", "create"), ("audit", "log")} <= set(found)
    for path in found[1:]:
        help_ = run(*path, "--help").stdout
        assert help_.startswith("OVERVIEW: "), path
        assert f"USAGE: gatehouse {' '.join(path)}" in help_, path
        assert len(help_.splitlines()) <= HELP_LINES_MAX, path


def test_the_list_of_commands_takes_one_line_for_each(run: Callable) -> None:
    lists = run("--help").stdout.split("SUBCOMMANDS:", 1)[1]
    for line in filter(None, lists.splitlines()):
        assert re.match(r"  [a-z-]+ {2,}[A-Z]|[A-Z ]+:$|  See ", line), f"wraps: {line}"


def test_the_help_names_the_exit_codes(run: Callable) -> None:
    words = " ".join(run("--help").stdout.split())
    assert (
        "0 done, 1 failed, 2 the answer is no, 3 not decided, 4 not allowed, 5 server unreachable, 64 wrong usage"
        in words
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_name_the_commands(shell: str, run: Callable) -> None:
    script = run("--generate-completion-script", shell).stdout
    for name in subcommands(run):
        assert name in script


def test_completion_for_bash_is_a_script_bash_reads(run: Callable) -> None:
    script = run("--generate-completion-script", "bash").stdout
    checked = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True)
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.fixture(scope="module")
def stocked(
    gatehouse: Path, example: Path, holdout: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """A server with something of everything: v1 adopted, v2 refused by its policy, v3 in Staging."""
    folder = tmp_path_factory.mktemp("stocked")
    policy = folder / "policy.yaml"
    policy.write_text(
        "model: credit\nevaluation:\n"
        "  {dataset: holdout, label: defaulted, groups: [business_size], decision_threshold: 0.35}\n"
        "gates:\n  fairness: {max_demographic_disparity: 0.2, min_impact_ratio: 0.8}\n"
    )
    with started_server(gatehouse, folder / "data") as server:
        client = Client(gatehouse, server)
        client("dataset", "add", "holdout", holdout)
        client("pipeline", "add", "features", example / "pipeline.json")
        client("policy", "apply", policy)
        for version in [1, 2, 3]:
            client("version", "create", "credit", "--model", example / "models" / f"v{version}")
        client("adopt", "credit", 1, "--reason", "it ran before")
        client("promote", "credit", 2, "--wait", code=2)
        client("promote", "credit", 3, "--wait")
        yield client


READING = [
    ["model", "list"],
    ["model", "show", "credit"],
    ["version", "list", "credit"],
    ["version", "show", "credit", "1"],
    ["dataset", "list"],
    ["dataset", "show", "holdout"],
    ["pipeline", "list"],
    ["pipeline", "show", "features"],
    ["policy", "list"],
    ["policy", "show", "credit"],
    ["policy", "gates"],
    ["evaluation", "list", "credit", "2"],
    ["history", "credit"],
    ["audit", "log"],
]


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_json_is_one_object_and_nothing_else(arguments: list[str], stocked: Client) -> None:
    finished = stocked(*arguments, "--json")
    assert isinstance(json.loads(finished.stdout), dict)
    assert finished.stdout.count("\n") == 1
    assert finished.stderr == ""


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_words_go_to_a_pipe_without_escape_codes(arguments: list[str], stocked: Client) -> None:
    finished = stocked(*arguments)
    assert finished.stdout.strip()
    assert ESCAPE not in finished.stdout + finished.stderr


@pytest.mark.parametrize("version", [2, 3])
def test_waiting_prints_json_alone_too(version: int, stocked: Client) -> None:
    finished = stocked("evaluate", "credit", version, "--wait", "--json", code={2: 2, 3: 0}[version])
    assert json.loads(finished.stdout)["state"] == "finished"
    assert finished.stderr == ""


def on_a_terminal(gatehouse: Path, *arguments: object, **environment: str) -> str:
    """What a command prints to a person, through a pseudo-terminal."""
    ours, theirs = os.openpty()
    plain = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "CLICOLOR_FORCE")}
    process = subprocess.Popen(
        [gatehouse, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
        env={**plain, "TERM": "xterm-256color", **environment},
    )  # fmt: skip
    os.close(theirs)
    printed = b""
    try:
        while piece := os.read(ours, 4096):
            printed += piece
    except OSError:
        pass  # how Linux says that the other end is closed
    os.close(ours)
    process.wait()
    return printed.decode()


def test_colour_is_for_terminals_and_never_against_no_color(gatehouse: Path) -> None:
    assert ESCAPE in on_a_terminal(gatehouse, "policy", "gates")
    assert ESCAPE not in on_a_terminal(gatehouse, "policy", "gates", NO_COLOR="1")
    assert ESCAPE not in on_a_terminal(gatehouse, "policy", "gates", TERM="dumb")


def test_a_reader_that_goes_away_is_no_failure(gatehouse: Path) -> None:
    piped = subprocess.run(
        ["bash", "-c", f"set -o pipefail; '{gatehouse}' policy gates | head -1"], capture_output=True, text=True
    )
    assert piped.stdout.startswith("accuracy")
    assert piped.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["model", "show", "crdeit"], "gatehouse model list"),
        (["version", "show", "credit", 9], "gatehouse version list credit"),
        (["promote", "crdeit", 1], "gatehouse model list"),
        (["dataset", "show", "holdaut"], "dataset"),
    ],
)
def test_an_unknown_name_gets_a_way_on(arguments: list[object], hint: str, stocked: Client) -> None:
    finished = stocked(*arguments, code=1)
    assert finished.stdout == ""
    assert hint in finished.stderr.split("fix:")[1]


def test_exit_codes_tell_the_answers_apart(stocked: Client, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("gh_of_another_server")
    stocked("version", "show", "credit", 1, code=0)
    stocked("version", "show", "credit", 9, code=1)
    stocked("evaluate", "credit", 2, "--wait", code=2)
    stocked("promote", "credit", 1, "--to", "staging", "--wait", code=2)
    stocked("alias", "set", "credit", 2, "champion", code=2)
    stocked("evaluate", "credit", 2, code=3)
    stocked("model", "list", "--token-file", token, code=4)
    stocked("model", "list", "--server", f"http://127.0.0.1:{unused_port()}", code=5)
    stocked("promote", "credit", code=64)


def assert_the_rest_is_named(client: Client, arguments: list[str], more: str) -> None:
    cut = client(*arguments, "--limit", 1)
    assert len(cut.stdout.splitlines()) == 1
    said = re.search(f"^more: ({more})$", cut.stderr, re.MULTILINE)
    assert said, cut.stderr
    rest = client(*said[1].split()[1:])
    assert rest.stdout and rest.stdout != cut.stdout
    whole = client(*arguments)
    assert whole.stderr == ""
    assert len(whole.stdout.splitlines()) > 1


def test_a_list_that_is_cut_off_names_the_command_that_shows_the_rest(client: Client, tmp_path: Path) -> None:
    policy, model = tmp_path / "policy.yaml", tmp_path / "model.txt"
    policy.write_text("model: credit\nenforcement: warn\n")
    model.write_text("tree\n")
    client("policy", "apply", policy)
    for version in [1, 2]:
        client("version", "create", "credit", "--model", model)
        client("version", "stage", "credit", version, "production", "--reason", "it is better")
    client("evaluate", "credit", 2, "--wait", code=3)
    client("evaluate", "credit", 2, "--wait", code=3)
    evaluations = ["evaluation", "list", "credit", "2"]
    assert_the_rest_is_named(client, evaluations, "gatehouse evaluation list credit 2 --limit 1000")
    log = ["audit", "log", "--model", "credit"]
    assert_the_rest_is_named(client, log, r"gatehouse audit log --model credit --after \d+ --limit 1")
    assert_the_rest_is_named(client, ["history", "credit"], "gatehouse history credit --limit 1000")


@pytest.mark.parametrize(
    "option",
    [
        ["--data", "x.csv"], ["--scores", "s"], ["--label", "y"], ["--policy", "p.yaml"], ["--groups", "g"],
        ["--intersections"], ["--champion", "m"], ["--current", "c.csv"], ["--feature-stats", "f.json"],
        ["--pipeline", "p.json"], ["--threshold", "0.5"], ["--model", "m"],
    ],
    ids=lambda option: option[0],
)  # fmt: skip
def test_options_for_files_are_not_passed_over_when_a_version_is_named(option: list[str], run: Callable) -> None:
    finished = run("evaluate", "credit", 2, *option, check=False)
    assert finished.returncode == USAGE
    assert f"{option[0]} belongs to the evaluation of files" in finished.stderr


@pytest.mark.parametrize("control", ["\x1b[2J", "\x1b]0;title\x07", "\r", "\n", "\t"], ids=repr)
def test_what_somebody_wrote_does_not_steer_the_terminal(control: str, server: Server, client: Client) -> None:
    text = f"one{control}two"
    client("model", "create", "noted", "--description", text)
    for arguments in [["model", "show", "noted"], ["audit", "log", "--model", "noted"]]:
        printed = client(*arguments).stdout
        assert ESCAPE not in printed
        assert "\x07" not in printed
        assert "\r" not in printed
    assert len(client("model", "show", "noted").stdout.splitlines()) == 1


def test_two_servers_cannot_share_a_folder(stocked: Client, run: Callable) -> None:
    second = run("serve", "--port", unused_port(), "--data-dir", stocked.server.data_dir, check=False)
    assert second.returncode == 1
    assert f"Another Gatehouse serves the data folder '{stocked.server.data_dir}'" in second.stderr
    assert "--data-dir" in second.stderr
    stocked("model", "list")


def test_a_port_that_is_taken_is_named(stocked: Client, run: Callable, tmp_path: Path) -> None:
    port = stocked.server.url.rsplit(":", 1)[1]
    second = run("serve", "--port", port, "--data-dir", tmp_path / "data", check=False)
    assert second.returncode == 1
    assert f"Port {port} of 127.0.0.1 is taken" in second.stderr
    assert "--port" in second.stderr
    stocked("model", "list")


def test_sigterm_lets_a_request_that_is_under_way_end(gatehouse: Path, tmp_path: Path) -> None:
    """Half an upload is sent, the server is told to stop, the other half is sent: it must be taken."""
    content = bytes(1000)
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    log = tmp_path / "serve.log"
    port = unused_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [gatehouse, "serve", "--port", str(port), "--data-dir", tmp_path / "data", "--insecure-no-auth"],
            stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        while b"serves" not in log.read_bytes():
            assert process.poll() is None, log.read_text()
        with socket.create_connection(("127.0.0.1", port), timeout=120) as upload:
            head = f"PUT /api/gatehouse/v1/blobs/{digest} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(content)}\r\n\r\n"
            upload.sendall(head.encode() + content[:500])
            incoming = tmp_path / "data" / "artifacts" / "incoming"
            deadline = time.monotonic() + 120
            while not list(incoming.iterdir()):  # until the server is in the middle of it
                assert time.monotonic() < deadline, "the upload never arrived"
            process.send_signal(signal.SIGTERM)
            upload.sendall(content[500:])
            assert upload.recv(4096).startswith(b"HTTP/1.1 201")
        assert process.wait(120) == 0
        assert list(incoming.iterdir()) == []
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
