"""The examples that the README names really run."""
import os
import socket
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_the_quickstart_brings_its_model_to_staging_in_five_commands(gatehouse):
    environment = os.environ | {"GATEHOUSE_BIN": str(gatehouse), "PORT": str(free_port())}
    done = subprocess.run([ROOT / "Examples/quickstart/run"], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "my-model v1: Promoted to Staging, awaiting review." in done.stdout
    assert [line[0] for line in done.stdout.splitlines() if line[1:3] == ". "] == ["1", "2", "3", "4", "5"]
