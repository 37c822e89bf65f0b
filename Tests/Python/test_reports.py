"""What tools show people: pages that need nothing else, and terminals whose lines fit the window."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import unicodedata
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

PAGE_BYTES_MAX = 100_000
VOID = {"meta", "br", "hr"}


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list]:
    """A command line per tool, over data with names that no table expects."""
    folder = tmp_path_factory.mktemp("reports")
    generator = np.random.default_rng(8)
    cities = ["Berlin", "東京", "<b>Rome</b>", "a \"quoted\" & very long name of a place that nobody would abbreviate"]

    def rows(name: str, count: int, shift: float) -> Path:
        file = folder / name
        with file.open("w") as out:
            out.write("age,city,y,s,s0\n")
            for _ in range(count):
                z = generator.normal()
                city = cities[generator.integers(4)].replace('"', '""')
                y = int(generator.random() < 1 / (1 + np.exp(1 - z)))
                s, s0 = (1 / (1 + np.exp(-z - generator.normal()))) * 0.999, 1 / (1 + np.exp(-z))
                out.write(f'{40 + shift + 9 * z:.2f},"{city}",{y},{s:.5f},{s0:.5f}\n')
        return file

    reference, current = rows("reference.csv", 1200, 0), rows("current.csv", 400, 3)
    times, arms = folder / "times.txt", folder / "arms.csv"
    times.write_text("\n".join(map(repr, map(float, np.exp(generator.normal(1, 1, 400))))))
    arms.write_text("arm,value\n" + "".join(f"{'ab'[i % 2]},{int(generator.random() < 0.2)}\n" for i in range(600)))
    return {
        "measure": [reference, "--label", "y", "--score", "s", "--baseline-score", "s0", "--groups", "city"],
        "drift": [reference, current],
        "compare-arms": [arms],
        "power": ["--baseline-rate", "0.1", "--rate", "0.12"],
        "latency": ["--samples", times, "--budget-p95", "30"],
    }


class Page(HTMLParser):
    """Counts elements and notes what is left open, asked for from elsewhere, or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.counts: dict[str, int] = {}
        self.open: list[str] = []
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.scopes: list[str | None] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.counts[tag] = self.counts.get(tag, 0) + 1
        named = dict(attributes)
        self.attributes |= named.keys()
        self.ids += [named["id"]] if "id" in named else []
        self.references += named.get("aria-labelledby", "").split()
        if tag == "th":
            self.scopes.append(named.get("scope"))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list) -> None:
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes something else"


@pytest.mark.parametrize("tool", ["measure", "drift", "compare-arms", "power", "latency"])
def test_a_page_is_whole_and_needs_nothing_else(run: Callable, commands: dict, tmp_path: Path, tool: str) -> None:
    file = tmp_path / "report.html"
    finished = run(tool, *commands[tool], "--report", file, check=False)
    assert finished.returncode in (0, 2, 3), finished.stderr
    text = file.read_text()
    page = Page(text)
    assert page.open == []
    assert page.counts["h1"] == 1 and page.counts["title"] >= 1 + page.counts.get("svg", 0)
    assert not {"script", "img", "iframe", "link", "object", "b"} & page.counts.keys()
    assert not {"src", "href", "style", "xlink:href"} & page.attributes
    assert not [name for name in page.attributes if name.startswith("on")]
    assert "url(" not in text and "@import" not in text
    assert len(page.ids) == len(set(page.ids)) and set(page.references) <= set(page.ids)
    assert set(page.scopes) <= {"row", "col"}
    assert page.counts.get("svg", 0) == page.counts.get("desc", 0)
    assert page.counts.get("table", 0) == page.counts.get("caption", 0)
    assert len(text.encode()) < PAGE_BYTES_MAX
    # The same question gives the same bytes.
    again = tmp_path / "again.html"
    run(tool, *commands[tool], "--report", again, check=False)
    assert again.read_bytes() == file.read_bytes()


def cells(text: str) -> int:
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def shown(gatehouse: Path, columns: int, arguments: list, **environment: str) -> list[str]:
    """What a person sees in a window of this width."""
    person, program = pty.openpty()
    fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    with subprocess.Popen(
        [gatehouse, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=program,
        stderr=subprocess.PIPE,
        env={**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, "TERM": "xterm", **environment},
    ):
        os.close(program)
        output = b""
        while True:
            try:
                part = os.read(person, 65536)
            except OSError:  # the program's end of the terminal is closed
                break
            if not part:
                break
            output += part
    os.close(person)
    return output.decode().replace("\r\n", "\n").split("\n")


@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize("tool", ["measure", "drift", "compare-arms", "power", "latency"])
def test_no_line_is_wider_than_the_window(gatehouse: Path, commands: dict, tool: str, columns: int) -> None:
    lines = shown(gatehouse, columns, [tool, *commands[tool]], NO_COLOR="1")
    assert len(lines) > 3
    for line in lines:
        assert "\x1b" not in line and cells(line) <= columns, line


def test_colour_is_only_for_people(gatehouse: Path, run: Callable, commands: dict) -> None:
    arguments = ["latency", *commands["latency"]]
    coloured = "\n".join(shown(gatehouse, 100, arguments))
    assert "\x1b[1m" in coloured and "\x1b[0m" in coloured
    piped = run(*arguments, check=False).stdout
    assert "\x1b" not in piped and "\t" not in piped
    assert re.sub(r"\x1b\[\d*m", "", coloured).split("\n")[0] == piped.split("\n")[0]
