"""The examples that the README names really run."""
import os
import subprocess
from pathlib import Path

from ports import unused_port

ROOT = Path(__file__).resolve().parents[2]


def test_the_quickstart_brings_its_model_to_staging_in_five_commands(gatehouse, tmp_path):
    policy = tmp_path / "policy.yaml"
    written = (ROOT / "Examples/quickstart/policy.yaml").read_text()
    # How quick a machine is that runs other tests besides says nothing about the example.
    policy.write_text(written.replace("latency_budget_p95_ms: 50,", "latency_budget_p95_ms: 60000,"))
    assert policy.read_text() != written
    environment = os.environ | {"GATEHOUSE_BIN": str(gatehouse), "PORT": str(unused_port()), "POLICY": str(policy)}
    done = subprocess.run([ROOT / "Examples/quickstart/run"], env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert "my-model v1: Promoted to Staging, awaiting review." in done.stdout
    assert [line[0] for line in done.stdout.splitlines() if line[1:3] == ". "] == ["1", "2", "3", "4", "5"]
