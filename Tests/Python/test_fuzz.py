"""The fuzzer itself: it finds what is planted, its inputs can be replayed, and a short campaign finds nothing."""
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def fuzz(gatehouse):
    program = Path(gatehouse).with_name("gatehouse-fuzz")
    if not program.exists():
        pytest.skip("gatehouse-fuzz is not built beside gatehouse")

    def run(*arguments):
        return subprocess.run(
            [program, "--root", ROOT, *map(str, arguments)], capture_output=True, text=True, timeout=300,
            env={"SWIFT_BACKTRACE": "enable=no"})

    return run


def test_a_planted_crash_a_hang_and_broken_rules_are_found_and_named(fuzz):
    done = fuzz("--reader", "planted", "--inputs", 20, "--seconds-max", 1)
    assert done.returncode == 1
    assert re.fullmatch(r"inputs 20, read 15, refused 1, crashed 1, slow 1, peak MB \d+", done.stdout.splitlines()[-1])
    assert "planted input 3: crashed by signal" in done.stdout
    assert "planted input 5: did not end and was killed" in done.stdout
    assert "planted input 7: planted" in done.stdout and "planted input 8: refused with internalFailure" in done.stdout
    assert "--reader planted --seed 1 --replay 3" in done.stdout
    assert "broken rules: 2" in done.stdout


def test_the_same_index_writes_the_same_input(fuzz, tmp_path):
    for name in ["one", "two"]:
        assert fuzz("--reader", "csv", "--seed", 7, "--replay", 123, "--output", tmp_path / name).returncode == 0
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_campaign_over_every_reader_ends_clean_and_counts_every_input(fuzz):
    done = fuzz("--inputs", 1000, "--seed", 2)
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    counts = re.fullmatch(r"inputs (\d+), read (\d+), refused (\d+), crashed 0, slow 0, peak MB (\d+)", last)
    inputs, read, refused, peak = map(int, counts.groups())
    assert inputs == 8 * 1000 == read + refused
    assert read > 500 and refused > 500
    assert peak < 512
