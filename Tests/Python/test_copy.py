"""`gatehouse copy` between two servers: bytes, records, proofs, and what is refused.

What happens when something breaks in the middle is in test_copy_faults.py, copies from and to MLflow in test_copy_mlflow.py.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import unused_port
from copying import (
    BLOCKED,
    FAILED,
    NOT_ALLOWED,
    UNREACHABLE,
    WAIT_SECONDS_MAX,
    Pair,
    files_of,
    log_key,
    mlflow,
    model_files,
    on_disk,
    pair,
    registered,
    serving,
    trained,
)

__all__ = ["pair"]

# --- What arrives -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def copied(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, dict, Path, str]:
    """The source's version, the report of its copy, the files, the run."""
    folder = model_files(tmp_path_factory.mktemp("model") / "m")
    run = trained(pair.dev, "training")
    first = model_files(folder.parent / "first", files=1, seed=1)
    registered(pair.dev, "credit-risk", first)
    version = registered(
        pair.dev, "credit-risk", folder, "--tag", "owner=risk", "--run-id", run, "--description", "more trees"
    )
    pair.dev("alias", "set", "credit-risk", version["version"], "candidate")
    return version, pair.json("dev/credit-risk/2", "prod/credit-risk"), folder, run


def test_bytes_arrive_under_the_same_digest_and_are_proved(pair: Pair, copied):
    version, report, folder, _ = copied
    assert report["outcome"] == "copied"
    assert report["artifact_digest"] == version["artifact_digest"]
    assert report["verification"] == "verified"
    assert report["files"] == {"count": 4, "bytes": 603, "sent": 4, "sent_bytes": 603, "there": 0}
    here = pair.prod.json("version", "show", "credit-risk", report["target"]["version"])
    assert here["artifact_digest"] == version["artifact_digest"]
    assert here["stage"] == "None"
    assert files_of(pair.prod, "credit-risk", here["version"]) == on_disk(folder)


def test_records_come_along_and_decisions_do_not(pair: Pair, copied):
    version, report, _, run = copied
    here = pair.prod.json("version", "show", "credit-risk", report["target"]["version"])
    origin = (pair.dev.server.data_dir / "audit" / "key.pub").read_text().split("+")[0]
    assert here["description"] == "more trees"
    assert here["run_id"] == run
    assert here["aliases"] == []
    assert here["tags"] == {
        "owner": "risk",
        "promoted_from_registry": "dev",
        "promoted_from_version": "2",
        "source_registry": "dev",
        "source_version": "2",
        "source_run_id": run,
    }
    theirs = mlflow(pair.dev, f"runs/get?run_id={run}")["run"]
    ours = mlflow(pair.prod, f"runs/get?run_id={run}")["run"]
    assert {**ours["data"], "metrics": 0} == {**theirs["data"], "metrics": 0}
    assert [metric["key"] for metric in ours["data"]["metrics"]] == ["auc", "loss"]
    assert ours["inputs"] == theirs["inputs"]
    assert ours["info"]["status"] == "FINISHED"
    history = f"metrics/get-history?run_id={run}&metric_key=auc"
    assert mlflow(pair.prod, history) == mlflow(pair.dev, history)
    assert report["source"]["registry"] == origin
    dropped = {item["what"]: item for item in report["dropped"]}
    assert dropped["aliases"]["detail"] == "candidate"
    kept = {item["what"] for item in report["kept"]}
    assert {"files", "params", "metrics", "run tags", "dataset lineage", "tags", "description"} <= kept
    assert all(item["reason"] for item in report["dropped"] + report["transformed"])
    assert {item["what"]: item["detail"] for item in report["transformed"]} == {"number": "2 → 1"}


def test_the_provenance_record_cannot_be_edited_and_shows_in_the_log(pair: Pair, copied):
    version, report, _, run = copied
    number = report["target"]["version"]
    before = pair.prod.call("GET", f"models/credit-risk/versions/{number}/provenance")[1]
    pair.prod("version", "tag", "credit-risk", number, "source_version", "99")
    after = pair.prod.call("GET", f"models/credit-risk/versions/{number}/provenance")[1]
    assert after == before
    assert after["verification"] == "verified"
    assert after["source"]["version"] == "2"
    assert after["source"]["run_id"] == run
    assert after["snapshot"]["aliases"] == ["candidate"]
    assert after["snapshot"]["run"]["data"]["params"] == [{"key": "depth", "value": "7"}, {"key": "eta", "value": "0.1"}]
    # Whoever is to be forgotten stands in the run alone.
    assert "ada" not in json.dumps(after)
    entry = pair.prod.json("audit", "log", "--action", "version.copied")["items"][0]
    assert entry["facts"]["artifact"] == version["artifact_digest"]
    assert entry["facts"]["verification"]["state"] == "verified"
    why = pair.prod.json("audit", "why", "credit-risk", number)
    assert why["registered"]["entry"] == entry["sequence"]
    assert why["copied_from"]["source_version"] == "2"
    assert "copied from credit-risk v2" in why["sentence"]
    shown = pair.prod("version", "show", "credit-risk", number).stdout
    assert "copied from" in shown and "verified: entries" in shown


def test_receipts_verify_with_the_offline_command(pair: Pair, copied, run: Callable, tmp_path: Path):
    number = copied[1]["target"]["version"]
    provenance = pair.prod.call("GET", f"models/credit-risk/versions/{number}/provenance")[1]
    file = tmp_path / "registered.tlog-proof"
    file.write_text(provenance["receipts"][0])
    run("audit", "receipt", "verify", file, "--key", log_key(pair.dev.server))


def test_a_second_copy_finds_the_first_and_does_nothing(pair: Pair, copied):
    before = pair.prod.json("audit", "log", "--limit", 1000)["items"]
    again = pair.json("dev/credit-risk/2", "prod/credit-risk")
    assert again["outcome"] == "there"
    assert again["target"]["version"] == copied[1]["target"]["version"]
    assert again["files"]["sent"] == 0
    assert "nothing was done" in pair.copy("dev/credit-risk/2", "prod").stdout
    assert pair.prod.json("audit", "log", "--limit", 1000)["items"] == before
    # By its address, too: the registry is known by its log.
    address = f"{pair.dev.server.url}/models/credit-risk/2"
    token = pair.dev.server.data_dir / "token"
    token.write_text(pair.dev.server.token + "\n")
    assert pair.json(address, "prod/credit-risk", "--from-token-file", token)["outcome"] == "there"


def test_two_copies_at_once_make_one_version(pair: Pair, tmp_path: Path):
    registered(pair.dev, "raced", model_files(tmp_path / "m", files=12))
    running = [pair.start("dev/raced/1", "prod/raced") for _ in range(4)]
    reports = []
    for process in running:
        out, said = process.communicate(timeout=WAIT_SECONDS_MAX)
        assert process.returncode == 0, said
        reports.append(json.loads(out))
    assert sorted(report["outcome"] for report in reports) == ["copied", "there", "there", "there"]
    assert len(pair.versions("raced")) == 1


def test_a_copy_of_a_copy_says_where_the_chain_began(pair: Pair, copied, gatehouse: Path, tmp_path: Path):
    with serving(gatehouse, tmp_path / "third", "--trusted-log", log_key(pair.prod.server)) as third:
        more = {"GATEHOUSE_REGISTRY_third": third.server.url, "GATEHOUSE_REGISTRY_third_TOKEN": third.server.token}
        report = pair.json(f"prod/credit-risk/{copied[1]['target']['version']}", "third/scores", **more)
        assert report["verification"] == "verified"
        tags = third.json("version", "show", "scores", 1)["tags"]
        assert tags["promoted_from_registry"] == "prod" and tags["promoted_from_version"] == "1"
        assert tags["source_registry"] == "dev" and tags["source_version"] == "2"
        # Deleted, it may come again.
        third("version", "delete", "scores", 1)
        assert pair.json(f"prod/credit-risk/{copied[1]['target']['version']}", "third/scores", **more)["outcome"] == "copied"


def test_a_number_is_kept_only_where_it_was_never_given(pair: Pair, tmp_path: Path):
    for seed in range(3):
        registered(pair.dev, "numbered", model_files(tmp_path / str(seed), seed=seed))
    assert pair.json("dev/numbered/3", "prod/numbered", "--preserve-version")["target"]["version"] == "3"
    assert pair.json("dev/numbered/2", "prod/numbered", "--preserve-version")["target"]["version"] == "2"
    pair.prod("version", "delete", "numbered", 2)
    said = pair.copy("dev/numbered/2", "prod/numbered", "--preserve-version", code=FAILED).stderr
    assert "never used again" in said
    assert pair.json("dev/numbered/2", "prod/numbered")["target"]["version"] == "4"
    entries = pair.prod.json("audit", "log", "--model", "numbered", "--action", "version.copied")["items"]
    assert [entry["facts"]["keeps_number"] for entry in entries] == [True, True, False]


def test_the_targets_policy_asks_for_its_facts_and_gates(pair: Pair, tmp_path: Path):
    policy = tmp_path / "policy.yaml"
    policy.write_text("model: guarded\nregistration: {require: [feature_pipeline]}\ngates: {accuracy: {}}\n")
    pair.prod("policy", "apply", policy)
    registered(pair.dev, "guarded", model_files(tmp_path / "m"))
    said = pair.copy("dev/guarded/1", "prod/guarded", code=BLOCKED).stderr
    assert "feature_pipeline" in said
    assert pair.versions("guarded") == []
    pair.dev("version", "tag", "guarded", 1, "gatehouse.feature_pipeline", "f@1")
    # Its gate cannot be measured without data: it stays in None, and the exit code says so.
    report = json.loads(pair.copy("dev/guarded/1", "prod/guarded", "--to", "staging", "--wait", "--json", code=BLOCKED).stdout)
    assert report["outcome"] == "copied" and report["promotion"]["approved"] is False
    assert pair.versions("guarded")[0]["stage"] == "None"


# --- Proofs -------------------------------------------------------------------------------------------------------------


def call_of(pair: Pair, model: str) -> dict:
    """What the command would post, for a version whose bytes are in the target."""
    version = pair.dev.json("version", "show", model, 1)
    proofs = pair.dev.call("GET", f"models/{model}/versions/1/proofs?wait=10")[1]
    return {
        "source": {"kind": "gatehouse", "registry": proofs["origin"], "name": "dev", "model": model, "version": "1"},
        "artifact_digest": version["artifact_digest"],
        "files": version["files"],
        "receipts": [one["receipt"] for one in proofs["receipts"]],
    }


def test_what_does_not_hold_is_refused_with_words(pair: Pair, tmp_path: Path):
    registered(pair.dev, "proved", model_files(tmp_path / "m", seed=41))
    registered(pair.dev, "other", model_files(tmp_path / "o", seed=42))
    for model in ["proved", "other"]:
        pair.json(f"dev/{model}/1", f"prod/{model}-warm")
    call, other = call_of(pair, "proved"), call_of(pair, "other")
    receipt = call["receipts"][0]
    lines = receipt.split("\n")
    flipped = receipt.replace(lines[3], lines[3][:-2] + ("A" if lines[3][-2] != "A" else "B") + lines[3][-1])
    signature = receipt.rstrip("\n")
    forged = signature[:-6] + ("AAAA" if signature[-6:-2] != "AAAA" else "BBBB") + signature[-2:] + "\n"
    cases = {
        "is trusted here, so what comes from it must bring its proof": {"receipts": []},
        "do not lead to the root": {"receipts": [flipped]},
        "is not signed by the key": {"receipts": [forged]},
        "is for something else than proved v1": {"receipts": other["receipts"]},
        "was registered with other bytes": {"files": other["files"], "artifact_digest": other["artifact_digest"]},
        "its files make": {"files": other["files"]},
        "not of 'elsewhere'": {"source": {**call["source"], "registry": "elsewhere"}},
        "cannot be read": {"receipts": ["nonsense"]},
        "lacks its entry": {"receipts": [receipt.replace(lines[1] + "\n", "")]},
    }
    for words, change in cases.items():
        status, answer = pair.prod.call("POST", "models/proved/copies", {**call, **change})
        assert (status, answer["code"]) == (409, "integrity"), (words, answer)
        assert words in answer["message"], answer
    assert pair.versions("proved") == []
    assert pair.prod.call("POST", "models/proved/copies", call)[0] == 201


def test_without_a_trusted_key_nothing_is_claimed(pair: Pair, gatehouse: Path, copied, tmp_path: Path):
    with serving(gatehouse, tmp_path / "plain") as plain:
        more = {"GATEHOUSE_REGISTRY_plain": plain.server.url, "GATEHOUSE_REGISTRY_plain_TOKEN": plain.server.token}
        report = pair.json("dev/credit-risk/2", "plain", **more)
    assert report["verification"] == "not_verified"
    assert report["verification_reason"].startswith("not verified: no trusted key for the log 'gatehouse")


def test_who_may_not_and_what_is_not_there_is_said(pair: Pair, copied):
    pair.copy("dev/credit-risk/2", "prod", code=NOT_ALLOWED, GATEHOUSE_REGISTRY_dev_TOKEN="gh_wrong")
    pair.copy("dev/credit-risk/1", "prod", code=NOT_ALLOWED, GATEHOUSE_REGISTRY_prod_TOKEN="gh_wrong")
    viewer = pair.prod.json("token", "create", "viewer", "--grant", "viewer")["token"]
    pair.copy("dev/credit-risk/1", "prod", code=NOT_ALLOWED, GATEHOUSE_REGISTRY_prod_TOKEN=viewer)
    nobody = f"http://127.0.0.1:{unused_port()}"
    pair.copy("dev/credit-risk/1", "prod", code=UNREACHABLE, GATEHOUSE_REGISTRY_prod=nobody)
    pair.copy("dev/credit-risk/1", "prod", code=UNREACHABLE, GATEHOUSE_REGISTRY_dev=nobody)
    for source, target, words in [
        ("nowhere/credit-risk/1", "prod", "no registry 'nowhere'"),
        ("dev/credit-risk", "prod", "names no version"),
        ("dev/credit-risk/77", "prod", "not found"),
        ("dev/unknown/1", "prod", "not found"),
        ("dev/credit-risk/1", "prod/a:b", "cannot be a model name"),
        ("dev/credit-risk/1", "prod/credit-risk/4", "names a version"),
        ("dev//1", "prod", "names no place"),
    ]:
        assert words in pair.copy(source, target, code=FAILED).stderr
    assert len(pair.versions()) == 1


# --- Names of registries ------------------------------------------------------------------------------------------------


def test_registries_may_stand_in_a_file(pair: Pair, copied, tmp_path: Path):
    token = tmp_path / "token"
    token.write_text(pair.dev.server.token)
    book = tmp_path / "registries.json"
    book.write_text(json.dumps({"laboratory": {"url": pair.dev.server.url + "/", "token_file": str(token)}}))
    report = pair.json("laboratory/credit-risk/2", "prod", "--registries", book)
    assert report["outcome"] == "there"
    book.write_text("{")
    assert "cannot be read" in pair.copy("laboratory/credit-risk/2", "prod", "--registries", book, code=FAILED).stderr
