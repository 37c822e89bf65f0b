"""The libraries Gatehouse is compared with are the ones the expected numbers came from."""

from importlib.metadata import version
from pathlib import Path

import pytest

PINS = [
    line.split("==")
    for line in (Path(__file__).parent / "requirements.txt").read_text().splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(("package", "pinned"), PINS)
def test_installed_version_is_the_pinned_one(package: str, pinned: str) -> None:
    # `httpx[http2]` is httpx, with what HTTP/2 takes.
    assert version(package.partition("[")[0]) == pinned
