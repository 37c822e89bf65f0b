"""Why a version is where it is, answered by a server and from an exported file, with the proofs checked; what evidence
packs show; what is left of a person who was forgotten. Reference values are computed here with numpy and hashlib."""

import base64
import csv
import hashlib
import html.parser
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from conftest import REPOSITORY, Client, Story, started_server

MODEL = "credit-risk"


@pytest.fixture(scope="module")
def played(story: Story, gatehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server on a copy of the folder that the demo's story left."""
    folder = shutil.copytree(story.folder / "server", tmp_path_factory.mktemp("why") / "server")
    token = (story.folder / "token").read_text().strip()
    with started_server(gatehouse, folder, token=token) as server:
        yield Client(gatehouse, server)


@pytest.fixture(scope="module")
def bundle(played: Client, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole log as one file."""
    file = tmp_path_factory.mktemp("bundle") / "log.jsonl"
    played("audit", "export", "-o", file)
    return file


def without_proofs(answer: dict) -> dict:
    return {key: value for key, value in answer.items() if key != "proofs"}


def entry_of(client: Client, action: str, version: int) -> dict:
    items = client.json("audit", "log", "--model", MODEL, "--version", version, "--action", action)["items"]
    return items[-1]


def test_the_six_questions_about_the_version_that_passed(played: Client) -> None:
    answer = played.json("audit", "why", MODEL, 3)
    evaluation = played.json("evaluation", "show", answer["checks"]["evaluation"])
    told = {result["name"]: result for result in answer["checks"]["results"]}
    assert told.keys() == evaluation["checks"].keys()
    for name, check in evaluation["checks"].items():
        for key in ("verdict", "measurements", "enforcement", "inputs"):
            assert told[name][key] == check[key], (name, key)
        if check["gate"] != "custom":
            assert told[name]["reason"] == check["reason"]
    assert answer["checks"]["passed"] is True
    assert answer["checks"]["thresholds_before_run"] is True
    policy = played.json("policy", "show", MODEL)
    assert answer["checks"]["policy_digest"] == policy["digest"]
    assert answer["checks"]["policy_applied_at"] == policy["applied_at"]

    values = {m["metric"]: m["value"] for m in answer["metrics"]["values"]}
    accuracy = evaluation["checks"]["accuracy"]["measurements"]
    assert values["auc_roc"] == next(m["value"] for m in accuracy if m["metric"] == "auc_roc" and not m["subject"])

    data = played.json("dataset", "show", "credit-holdout")
    assert answer["dataset"]["reference"] == "credit-holdout@1"
    assert (answer["dataset"]["digest"], answer["dataset"]["rows"]) == (data["digest"], data["rows"])

    assert answer["champion"]["version"] == 1
    champion = played.json("version", "show", MODEL, 1)
    assert answer["champion"]["artifact"] == champion["artifact_digest"]
    (measured,) = answer["champion"]["metrics"]
    assert measured["value"] == next(m["value"] for m in accuracy if m["subject"] == f"champion {MODEL} v1" and not m["limit"])
    shown = answer["shadow"]["result"]
    assert (shown["verdict"], shown["champion"], answer["shadow"]["reason"]) == ("pass", 1, None)
    assert shown["compared"] >= 100 and 0.1 < shown["disagreement"] < 0.2
    # Rolled back at night, back in Staging in the morning, to be compared with version 1.
    assert answer["sentence"].startswith(f"{MODEL} v3 is in Staging since ")
    assert f"all 6 checks of policy {MODEL}@1 passed" in answer["sentence"]


def test_the_refused_attempts_are_told_with_what_was_missing(played: Client) -> None:
    answer = played.json("audit", "why", MODEL, 2)
    refused = [decision for decision in answer["decisions"] if decision["kind"] == "refused"]
    assert [decision["to"] for decision in refused] == ["Staging", "Production"]
    assert refused[0]["missing"] == ["failed gates: fairness"]
    assert answer["stage"] == "None"
    told = played("audit", "why", MODEL, 2).stdout
    assert "was never let out of None" in told.splitlines()[2]
    assert "impact_ratio" in told


def test_an_adopted_version_says_that_no_gate_was_asked(played: Client) -> None:
    when = entry_of(played, "version.registered", 2)["at"]
    answer = played.json("audit", "why", MODEL, 1, "--at", when)
    assert "adopted without gates" in answer["sentence"]
    assert answer["checks"]["results"] is None and answer["checks"]["reason"] == "no evaluation is recorded"


def test_as_of_an_earlier_time_nothing_later_is_known(played: Client) -> None:
    when = entry_of(played, "version.registered", 3)["at"]
    answer = played.json("audit", "why", MODEL, 3, "--at", when)
    assert (answer["stage"], answer["as_of"]) == ("None", when)
    assert answer["checks"]["results"] is None
    assert played("audit", "why", MODEL, 3, "--at", "2001-01-01", code=1).stderr.startswith("error: There is no entry")


def test_a_file_answers_as_the_server_does_and_needs_none(played: Client, bundle: Path, run: Callable) -> None:
    for version in (1, 2, 3):
        offline = run("audit", "why", MODEL, version, "--bundle", bundle, "--server", "http://127.0.0.1:9", "--json")
        found = json.loads(offline.stdout)
        assert without_proofs(found) == without_proofs(played.json("audit", "why", MODEL, version))
        status, direct = played.call("GET", f"models/{MODEL}/versions/{version}/why")
        assert (status, direct) == (200, without_proofs(found))


def leaf(entry: str) -> bytes:
    return hashlib.sha256(b"\0" + entry.encode()).digest()


def root_of(index: int, size: int, hashed: bytes, path: list[bytes]) -> bytes:
    """RFC 9162 §2.1.3.2."""
    at, last = index, size - 1
    for sibling in path:
        if at % 2 == 1 or at == last:
            hashed = hashlib.sha256(b"\1" + sibling + hashed).digest()
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            hashed = hashlib.sha256(b"\1" + hashed + sibling).digest()
        at, last = at >> 1, last >> 1
    assert last == 0
    return hashed


def test_the_file_s_proofs_hold_for_another_program(bundle: Path) -> None:
    header, *lines, end = map(json.loads, bundle.read_text().splitlines())
    assert header["format"] == "gatehouse-audit-bundle@1"
    assert header["checkpoint"], "the log has signed nothing"
    origin, size, root = header["checkpoint"].split("\n")[:3]
    assert origin == header["origin"]
    entries = [line for line in lines if "entry" in line]
    assert end == {"end": {"entries": len(entries), "documents": len(lines) - len(entries)}}
    assert int(size) > 0
    for number, line in enumerate(entries, start=1):
        held = json.loads(line["entry"])
        assert held["sequence"] == number
        if number <= int(size):
            path = [base64.b64decode(item) for item in line["proof"]]
            assert root_of(number - 1, int(size), leaf(line["entry"]), path) == base64.b64decode(root)
        for name, kept in line["texts"].items():
            salted = base64.b64decode(kept["salt"]) + kept["text"].encode()
            assert hashlib.sha256(salted).hexdigest() == held["texts"][name]
        for reference, kept in line["people"].items():
            salted = base64.b64decode(kept["salt"]) + kept["name"].encode()
            assert reference.split("#")[1] == hashlib.sha256(salted).hexdigest()
            assert reference in [held["principal"], *held["people"].values()]


@pytest.mark.parametrize("part", ["entry", "proof", "text", "end"])
def test_a_changed_file_is_refused_with_exit_code_2(bundle: Path, run: Callable, tmp_path: Path, part: str) -> None:
    lines = bundle.read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if '"texts":{"' in line and '"proof":["' in line)
    line = json.loads(lines[at])
    if part == "entry":
        line["entry"] = line["entry"].replace('"sequence":', '"sequence" :')
    elif part == "proof":
        line["proof"][0] = base64.b64encode(bytes(32)).decode()
    elif part == "text":
        next(iter(line["texts"].values()))["text"] += "."
    else:
        lines.pop()
    lines[at] = json.dumps(line)
    changed = tmp_path / "changed.jsonl"
    changed.write_text("\n".join(lines) + "\n")
    refused = run("audit", "why", MODEL, 3, "--bundle", changed, "--json", check=False)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "does not hold" in refused.stderr
    if part != "end":
        assert f"Line {at + 1}" in refused.stderr


def test_an_export_without_texts_has_no_name_and_still_proves(played: Client, run: Callable, tmp_path: Path) -> None:
    file = tmp_path / "bare.jsonl"
    played("audit", "export", "--without-texts", "-o", file)
    assert "token:admin" not in file.read_text()
    answer = json.loads(run("audit", "why", MODEL, 2, "--bundle", file, "--json").stdout)
    assert answer["proofs"]["has_texts"] is False
    assert answer["stage"] == "None" and answer["checks"]["verdicts"]["fairness"] == "fail"


def test_the_log_is_filtered_by_action_person_outcome_and_time(played: Client) -> None:
    everything = played.json("audit", "log", "--limit", 1000)["items"]
    for option, key, value in [
        ("--action", "action", "evaluation.finished"),
        ("--outcome", "outcome", "refused"),
        ("--principal", "principal", "system:evaluator"),
    ]:
        found = played.json("audit", "log", option, value)["items"]
        assert found == [entry for entry in everything if entry[key] == value] and found
    middle = everything[len(everything) // 2]["at"]
    later = played.json("audit", "log", "--from", middle, "--limit", 1000)["items"]
    assert later == [entry for entry in everything if entry["at"] >= middle]
    earlier = played.json("audit", "log", "--until", middle, "--limit", 1000)["items"]
    assert len(earlier) + len(later) == len(everything)
    newest = played.json("audit", "log", "--newest-first", "--limit", 3)["items"]
    assert newest == everything[::-1][:3]
    wrong = played("audit", "log", "--action", "version.registred", code=1)
    assert "version.registered" in wrong.stderr


class Page(html.parser.HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.outside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.append(tag)
        self.outside += [value for name, value in attributes if name in ("src", "href", "action") and value]


@pytest.mark.parametrize("pack", ["eu-ai-act", "sr-26-2", "nyc-ll144"])
def test_a_pack_is_a_page_that_needs_nothing_else_and_claims_nothing(
    played: Client, bundle: Path, run: Callable, tmp_path: Path, pack: str
) -> None:
    page_file, json_file = tmp_path / "pack.html", tmp_path / "pack.json"
    played("audit", "evidence", MODEL, 3, "--pack", pack, "-o", page_file)
    run("audit", "evidence", MODEL, 3, "--pack", pack, "--bundle", bundle, "-o", json_file)
    text = page_file.read_text()
    page = Page(text)
    assert not page.outside and not {"script", "iframe", "img", "link"} & set(page.tags)
    assert "compliant" not in text.lower()
    assert "not recorded" in text and "@media print" in text
    filled = json.loads(json_file.read_text())
    assert filled["pack"] == f"{pack}@1"
    status, direct = played.call("GET", f"models/{MODEL}/versions/3/evidence-packs/{pack}")
    assert (status, direct) == (200, without_proofs(filled))
    answers = [answer for section in filled["sections"] for answer in section["answers"]]
    assert {answer["status"] for answer in answers} == {"recorded", "not_recorded"}
    assert all(answer["reason"] for answer in answers if answer["status"] == "not_recorded")


def test_selection_rates_and_impact_ratios_are_those_of_the_data(played: Client, run: Callable, tmp_path: Path) -> None:
    """Scored again with the same model, counted with numpy."""
    holdout = tmp_path / "holdout.csv"
    entry = entry_of(played, "evaluation.finished", 3)
    digest = entry["facts"]["dataset_digest"].removeprefix("sha256:")
    stored = [
        path
        for path in played.server.data_dir.rglob("*")
        if path.is_file() and digest[2:] in str(path).replace("/", "")
    ]
    assert stored, "the dataset's bytes are not in the store"
    holdout.write_bytes(stored[0].read_bytes())
    scored = run("score", "--model", REPOSITORY / "Examples/credit-risk/models/v3", "--input", holdout, "--json")
    scores = np.array(json.loads(scored.stdout)["predictions"], dtype=float).reshape(-1)
    rows = list(csv.DictReader(holdout.open()))
    pack = json.loads(played("audit", "evidence", MODEL, 3, "--pack", "nyc-ll144", "--json").stdout)
    answers = {a["evidence"]: a for section in pack["sections"] for a in section["answers"]}
    table = answers["selection_rates"]
    found = {row[1]: dict(zip(table["columns"], row, strict=True)) for row in table["rows"]}
    groupings = {name.split("=")[0] for name in found}
    assert groupings
    threshold = played.json("policy", "show", MODEL)["rules"]["evaluation"]["decision_threshold"]
    for column in groupings:
        values = np.array([row[column] for row in rows])
        rates = {value: (scores[values == value] >= threshold).mean() for value in sorted(set(values)) if value}
        for value, rate in rates.items():
            row = found[f"{column}={value}"]
            assert row["n"] == (values == value).sum()
            assert row["selection rate"] == pytest.approx(rate, abs=1e-12)
            assert row["impact ratio"] == pytest.approx(rate / max(rates.values()), abs=1e-12)
            assert row["share"] == pytest.approx((values == value).mean(), abs=1e-12)


def test_history_names_the_entry_that_put_the_version_there(played: Client) -> None:
    only = played.json("history", MODEL)["items"][-1]
    entry = played.json("audit", "log", "--after", only["audit_sequence"] - 1, "--limit", 1)["items"][0]
    assert (entry["action"], entry["version"]) == ("slot.adopted", only["version"])
    assert played.json("history", MODEL, "--at", only["from"])["items"] == [only]
    assert played.json("history", MODEL, "--at", "2001-01-01")["items"] == []
    assert played.json("history", MODEL, "--environment", "test")["items"] == []


def add_user(client: Client, folder: Path, name: str, *grants: str) -> Client:
    """A user with a token-like password client."""
    file = folder / f"{name}.password"
    file.write_text("correct horse battery\n")
    options = [part for grant in grants for part in ("--grant", grant)]
    client("user", "add", name, "--password-file", file, *options)
    return client


def sign_in(client: Client, name: str, *arguments: object) -> subprocess.CompletedProcess:
    """One command as a user with a password, whatever its exit code."""
    environment = {key: value for key, value in client.environment.items() if key != "GATEHOUSE_TOKEN"}
    environment |= {"MLFLOW_TRACKING_USERNAME": name, "MLFLOW_TRACKING_PASSWORD": "correct horse battery"}
    return subprocess.run(
        [client.gatehouse, *map(str, arguments)],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment,
    )


def test_a_forgotten_person_leaves_the_log_provable_and_nameless(
    client: Client, gatehouse: Path, run: Callable, example: Path, tmp_path: Path
) -> None:
    name, words = "grace-hopperton", "my own strange reason"
    add_user(client, tmp_path, name, "admin")
    client("model", "create", MODEL)
    made = sign_in(client, name, "version", "create", MODEL, "--model", example / "models/v1")
    assert made.returncode == 0, made.stderr
    refused = sign_in(client, name, "promote", MODEL, 1, "--to", "production", "--reason", words)
    assert refused.returncode != 0
    before = tmp_path / "before.jsonl"
    client("audit", "export", "-o", before)
    assert name in before.read_text() and words in before.read_text()

    assert sign_in(client, name, "audit", "erase", "--user", name, "--reason", "me").returncode == 1
    erased = client.json("audit", "erase", "--user", name, "--reason", "request 17")
    assert erased["had_account"] and erased["texts"] >= 1 and erased["remaining"] == []
    after = tmp_path / "after.jsonl"
    client("audit", "export", "-o", after)
    text = after.read_text()
    assert name not in text and words not in text
    leaves = [json.loads(line)["entry"] for line in before.read_text().splitlines() if '"entry":' in line]
    still = [json.loads(line)["entry"] for line in text.splitlines() if '"entry":' in line]
    assert still[: len(leaves)] == leaves
    answer = json.loads(run("audit", "why", MODEL, 1, "--bundle", after, "--json").stdout)
    assert answer["registered"]["by"] == erased["stand_in"]
    assert answer["erased"]
    assert "erased" in client("audit", "why", MODEL, 1).stdout
    gone = client("audit", "erase", "--user", name, "--reason", "again", code=1)
    assert "No entry" in gone.stderr
    assert sign_in(client, name, "model", "list").returncode == 4


def test_only_an_admin_erases_and_only_an_auditor_reads(client: Client, tmp_path: Path) -> None:
    add_user(client, tmp_path, "vera", "viewer")
    add_user(client, tmp_path, "otto", "auditor")
    assert sign_in(client, "otto", "audit", "erase", "--user", "vera", "--reason", "r").returncode == 4
    assert sign_in(client, "vera", "audit", "export", "-o", tmp_path / "x.jsonl").returncode == 4
    assert not (tmp_path / "x.jsonl").exists() and not (tmp_path / "x.jsonl.part").exists()
    assert sign_in(client, "vera", "audit", "why", MODEL, 1).returncode == 4
    assert sign_in(client, "otto", "audit", "why", MODEL, 1).returncode == 1
