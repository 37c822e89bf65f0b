"""Kills a server while clients register, evaluate and promote; starts it again; counts what is missing.

Whatever a client was told is done must be there and complete afterwards, exactly once, and the records must agree with
each other. What was under way when the server died may or may not have happened; asking again with the same idempotency
key settles it. Needs nothing but Python. The last line is `acknowledged N, lost N, doubled N, violations N`; the exit
code is 0 when nothing is wrong.
"""

import argparse
import hashlib
import itertools
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mortal_server import Interrupted, MortalServer, Refused

SETTLE_SECONDS_MAX = 180
ROUNDS = 180
ROUNDS_SHORT = 30
CLIENTS = 3
# A kill comes after fewer answers than this, in turn, however long they take; and after some time.
KILL_AFTER_ANSWERS = 6
KILL_AFTER_SECONDS = (0.0, 0.3)
CARD_BYTES = 2_000_000
DEEDS_PER_CLIENT_MAX = 20
EVALUATIONS_PER_CLIENT_MAX = 2
EXAMPLE = Path(__file__).resolve().parents[2] / "Examples" / "credit-risk"

JUDGED = """\
model: judged
evaluation: {dataset: holdout, label: defaulted, groups: [business_size]}
gates:
  accuracy: {min_absolute_auc: 0.5}
  latency: {mode: sequential, requests: 200, latency_budget_p95_ms: 10000}
"""
MOVED = "model: moved\nenforcement: warn\n"


@dataclass
class Deed:
    """Something a client asks for. Doing it again with the same key must change nothing."""

    kind: str
    key: str
    do: Callable[[], dict]
    answer: dict | None = None


@dataclass
class Tally:
    """What became of it all."""

    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.violations)

    def __str__(self) -> str:
        lost, doubled, violations = len(self.lost), len(self.doubled), len(self.violations)
        return f"acknowledged {self.acknowledged}, lost {lost}, doubled {doubled}, violations {violations}"


class Clients:
    """What is asked of the server, one function per kind of deed."""

    def __init__(self, server: MortalServer) -> None:
        self.server = server
        self.serials = itertools.count(1)
        self.model = (EXAMPLE / "models" / "v1" / "model.json").read_bytes()

    def prepare(self) -> None:
        sample = [self.server.binary, "demo", "data", "--kind", "holdout", "--rows", "500"]
        self.add_dataset("holdout", subprocess.run(sample, check=True, capture_output=True).stdout)
        for policy in [JUDGED, MOVED]:
            self.server.call("POST", "policies", body={"yaml": policy})
        for model in ["stored", "judged", "moved"]:
            self.server.call("POST", "models", body={"name": model})
            self.register(model, b"the first", key="first")

    def upload(self, content: bytes) -> dict:
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        return self.server.call("PUT", "blobs", digest, body=content)

    def add_dataset(self, name: str, content: bytes) -> dict:
        stored = self.upload(content)
        call = {"digest": stored["digest"], "format": "csv"}
        return self.server.call("POST", "datasets", name, "versions", body=call)

    def register(self, model: str, card: bytes, key: str) -> dict:
        """Every key comes with bytes of its own, so that a version made twice is known by its artifact."""
        files = {"model.json": self.model, "model_card.md": card}
        entries = [{"path": path, **self.upload(content)} for path, content in files.items()]
        call = {"files": entries, "tags": {}, "idempotency_key": key}
        return self.server.call("POST", "models", model, "versions", body=call)

    def register_large(self) -> Deed:
        key = f"large-{next(self.serials)}"
        card = random.Random(key).randbytes(CARD_BYTES)
        return Deed("version", key, lambda: self.register("stored", card, key))

    def add_rows(self) -> Deed:
        key = f"rows-{next(self.serials)}"
        content = ("key,value\n" + f"{key},1\n" * 1000).encode()
        return Deed("dataset", key, lambda: self.add_dataset(key, content))

    def evaluate(self) -> Deed:
        path = ["models", "judged", "versions", 1, "evaluations"]
        return Deed("evaluation", f"evaluation-{next(self.serials)}", lambda: self.server.call("POST", *path))

    def promote(self) -> Deed:
        key = f"promotion-{next(self.serials)}"

        def do() -> dict:
            version = self.register("judged", key.encode(), key)["version"]
            call = {"to": "Staging", "idempotency_key": key}
            return self.server.call("POST", "models", "judged", "versions", version, "promotions", body=call)

        return Deed("promotion", key, do)

    def move(self) -> Deed:
        key = f"move-{next(self.serials)}"

        def do() -> dict:
            version = self.register("moved", key.encode(), key)["version"]
            call = {"to": "Production", "idempotency_key": key, "archive_existing_versions": True}
            return self.server.call("POST", "models", "moved", "versions", version, "transitions", body=call)

        return Deed("move", key, do)


class Rounds:
    """Work, kill, restart, inspection: again and again on one folder."""

    def __init__(self, server: MortalServer, seed: int) -> None:
        self.server = server
        self.clients = Clients(server)
        self.chance = random.Random(seed)
        self.tally = Tally()
        self.deeds: list[Deed] = []

    def play(self, rounds: int) -> Tally:
        self.server.start()
        self.clients.prepare()
        mixtures = [
            [self.clients.register_large, self.clients.add_rows],
            [self.clients.evaluate],
            [self.clients.promote, self.clients.move],
        ]
        for number in range(rounds):
            turn, place = divmod(number, len(mixtures))
            done = self.work_until_killed(mixtures[place], turn % KILL_AFTER_ANSWERS)
            self.server.start()
            # Before anything is asked for again: that could heal what was lost.
            self.inspect([deed for deed in done if deed.answer is not None])
            in_doubt = [deed for deed in done if deed.answer is None]
            self.settle(done)
            self.inspect(in_doubt)
            print(f"round {number + 1} of {rounds}: {self.tally}", flush=True)
        if self.server.stop() != 0:
            self.tally.violations.append("the server did not end cleanly")
        self.inspect_folder()
        return self.tally

    def work_until_killed(self, mixture: list[Callable[[], Deed]], answers: int) -> list[Deed]:
        """Lets clients ask until the server dies, which is after so many answers at the earliest; the deeds that were begun,
        those told done with their answer."""
        begun: list[Deed] = []
        limit = EVALUATIONS_PER_CLIENT_MAX if mixture == [self.clients.evaluate] else DEEDS_PER_CLIENT_MAX

        def client(chance: random.Random) -> None:
            for _ in range(limit):
                deed = chance.choice(mixture)()
                begun.append(deed)
                try:
                    deed.answer = deed.do()
                except Interrupted:
                    return
                except Refused as refusal:
                    self.tally.violations.append(f"{deed.key}: {refusal}")
                    return

        threads = [threading.Thread(target=client, args=[random.Random(self.chance.random())]) for _ in range(CLIENTS)]
        delay = self.chance.uniform(*KILL_AFTER_SECONDS)
        for thread in threads:
            thread.start()
        while sum(deed.answer is not None for deed in begun) < answers and any(thread.is_alive() for thread in threads):
            time.sleep(0.001)
        time.sleep(delay)
        self.server.kill()
        for thread in threads:
            thread.join()
        self.tally.acknowledged += sum(deed.answer is not None for deed in begun)
        return begun

    def settle(self, begun: list[Deed]) -> None:
        """Asks again for what was in doubt, and once more for a tenth of what was told done: the answers must agree."""
        for deed in begun:
            if deed.kind in ("evaluation", "dataset"):
                continue  # they have no key: asking again is asking for another
            if deed.answer is not None and self.chance.random() > 0.1:
                continue
            try:
                again = deed.do()
            except Refused as refusal:
                self.tally.violations.append(f"{deed.key} again: {refusal}")
                continue
            if deed.answer is None:
                deed.answer = again
            elif self.identity(deed, again) != self.identity(deed, deed.answer):
                self.tally.doubled.append(f"{deed.key}: {deed.answer} and {again}")

    @staticmethod
    def identity(deed: Deed, answer: dict) -> object:
        return answer["id"] if deed.kind == "promotion" else answer["version"]

    # MARK: Inspection

    def inspect(self, begun: list[Deed]) -> None:
        inspections = {
            "version": self.inspect_version,
            "dataset": self.inspect_dataset,
            "evaluation": self.inspect_evaluation,
            "promotion": self.inspect_promotion,
            "move": self.inspect_move,
        }
        for deed in begun:
            if deed.answer is None:
                continue
            try:
                inspections[deed.kind](deed.answer)
            except (Refused, KeyError, OSError, AssertionError) as problem:
                self.tally.lost.append(f"{deed.key}: {problem!r}")
        try:
            for model in ["stored", "judged", "moved"]:
                self.inspect_numbers(model)
            self.inspect_slot()
            self.inspect_audit()
        except Refused as refusal:
            self.tally.violations.append(str(refusal))

    def inspect_bytes(self, digest: str) -> None:
        found = hashlib.sha256(self.server.blob(digest).read_bytes()).hexdigest()
        assert digest == f"sha256:{found}", f"{digest} holds {found}"

    def inspect_version(self, answer: dict) -> None:
        found = self.server.call("GET", "models", answer["model_name"], "versions", answer["version"])
        assert found["artifact_digest"] == answer["artifact_digest"]
        assert found["files"] == answer["files"] and found["files"]
        for file in found["files"]:
            self.inspect_bytes(file["digest"])

    def inspect_dataset(self, answer: dict) -> None:
        found = self.server.call("GET", "datasets", f"{answer['name']}@{answer['version']}")
        assert found == answer
        self.inspect_bytes(found["digest"])

    def inspect_evaluation(self, answer: dict) -> None:
        found = self.wait_while(["queued", "running"], "evaluations", answer["id"])
        assert (found["state"], found["passed"]) == ("finished", True), found
        assert set(found["checks"]) == {"accuracy", "latency"}

    def inspect_promotion(self, answer: dict) -> None:
        found = self.wait_while(["evaluating"], "promotions", answer["id"])
        assert found["approved"] is True, found
        version = self.server.call("GET", "models", "judged", "versions", answer["model_version"])
        assert version["stage"] == "Staging"

    def inspect_move(self, answer: dict) -> None:
        version = self.server.call("GET", "models", "moved", "versions", answer["version"])
        assert version["stage"] in ("Production", "Archived"), version["stage"]
        assert answer["version"] in [item["version"] for item in self.items("models", "moved", "history")]

    def inspect_numbers(self, model: str) -> None:
        """Numbers without gap or repeat, and no bytes registered twice."""
        versions = self.items("models", model, "versions")
        numbers = [version["version"] for version in versions]
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            self.tally.violations.append(f"{model} has the versions {numbers}")
        artifacts = Counter(version["artifact_digest"] for version in versions)
        self.tally.doubled += [f"{model}: {digest} twice" for digest, count in artifacts.items() if count > 1]

    def inspect_slot(self) -> None:
        """Stage, alias and history tell the same."""
        history = self.items("models", "moved", "history")
        active = [item["version"] for item in history if item["until"] is None]
        staged = [v["version"] for v in self.items("models", "moved", "versions") if v["stage"] == "Production"]
        alias = self.server.call("GET", "models", "moved")["aliases"].get("champion")
        if not (active == staged == ([] if alias is None else [alias])):
            self.tally.violations.append(f"active {active}, in Production {staged}, champion {alias}")
        spans = sorted((item["from"], item["until"] or "~") for item in history)
        if any(earlier[1] > later[0] for earlier, later in itertools.pairwise(spans)):
            self.tally.violations.append(f"spans of the history overlap: {spans}")

    def inspect_audit(self) -> None:
        entries, after = [], 0
        while page := self.server.call("GET", "audit", query=f"?after={after}&limit=1000")["items"]:
            entries += page
            after = page[-1]["sequence"]
        sequences = [entry["sequence"] for entry in entries]
        if sequences != list(range(1, len(sequences) + 1)):
            self.tally.violations.append("the audit log has gaps or repeats")
        for action in ["version.registered", "transition.granted"]:
            told = Counter((e["model_name"], e["version"]) for e in entries if self.is_first_step(e, action))
            self.tally.doubled += [
                f"{action} of {what} told {count} times" for what, count in told.items() if count > 1
            ]

    @staticmethod
    def is_first_step(entry: dict, action: str) -> bool:
        return entry["action"] == action and entry["facts"].get("from", "None") == "None"

    def inspect_folder(self) -> None:
        """After everything has ended: no leftovers, and every stored file is what its name says."""
        for folder in [self.server.data / "artifacts" / "incoming", self.server.data / "work"]:
            if left := list(folder.iterdir()):
                self.tally.violations.append(f"leftovers: {left}")
        for blob in (self.server.data / "artifacts" / "blobs" / "sha256").glob("*/*"):
            if hashlib.sha256(blob.read_bytes()).hexdigest() != blob.name:
                self.tally.violations.append(f"damaged: {blob}")

    def items(self, *path: object) -> list[dict]:
        found, token = [], None
        while True:
            query = f"?limit=1000&page_token={token}" if token else ""
            page = self.server.call("GET", *path, query=query)
            found += page["items"]
            token = page.get("next_page_token")
            if not token:
                return found

    def wait_while(self, states: list[str], *path: object) -> dict:
        deadline = time.monotonic() + SETTLE_SECONDS_MAX
        while (found := self.server.call("GET", *path))["state"] in states:
            assert time.monotonic() < deadline, f"still {found['state']} after {SETTLE_SECONDS_MAX} s"
            time.sleep(0.05)
        return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help=f"{ROUNDS_SHORT} rounds instead of {ROUNDS}")
    parser.add_argument("--seed", type=int, default=7, help="the same seed asks and kills at the same moments")
    parser.add_argument("--binary", type=Path, default=os.environ.get("GATEHOUSE_BIN"), help="[GATEHOUSE_BIN]")
    options = parser.parse_args()
    if options.binary is None:
        parser.error("name the program with --binary or GATEHOUSE_BIN")
    with tempfile.TemporaryDirectory(prefix="gatehouse-faults-") as folder:
        server = MortalServer(Path(options.binary).resolve(), Path(folder))
        try:
            tally = Rounds(server, options.seed).play(ROUNDS_SHORT if options.short else ROUNDS)
        finally:
            if server.process and server.process.poll() is None:
                server.kill()
    for what, list_ in [("lost", tally.lost), ("doubled", tally.doubled), ("violation", tally.violations)]:
        for line in list_:
            print(f"{what}: {line}")
    print(tally)
    return 0 if tally.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
