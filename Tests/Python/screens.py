"""Pictures of every page; see scripts/screens."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from browser import chromium, opened, sign_in
from conftest import started_server
from pages import OPEN_PAGES, addresses

SIZES = {"wide": {"width": 1280, "height": 800}, "narrow": {"width": 390, "height": 844}}


def played(gatehouse: Path, scratch: Path) -> Path:
    """A folder that the demo left: the one that is named, or one of its own."""
    if named := os.environ.get("GATEHOUSE_PLAYED"):
        return Path(named)
    folder = scratch / "demo"
    subprocess.run([gatehouse, "demo", "--exit", "--data-dir", folder], check=True, stdout=sys.stderr)
    return folder


def name(path: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "home"


def main() -> None:
    gatehouse, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    pictures: list[tuple[str, list[str]]] = []
    with tempfile.TemporaryDirectory() as scratch:
        story = played(gatehouse, Path(scratch))
        data = shutil.copytree(story / "server", Path(scratch) / "server")
        token = (story / "token").read_text().strip()
        with started_server(gatehouse, data, token=token) as server, chromium() as browser:
            paths = [(path, False) for path in OPEN_PAGES]
            paths += [(path, True) for path in addresses(server.url, server.token)]
            for path, is_signed_in in paths:
                files = []
                for scheme in ("light", "dark"):
                    for size, viewport in SIZES.items():
                        context = opened(browser, server.url, color_scheme=scheme, viewport=viewport)
                        page = context.new_page()
                        if is_signed_in:
                            sign_in(page, server.token)
                        page.goto(path)
                        file = f"{name(path)}-{scheme}-{size}.png"
                        page.screenshot(path=folder / file, full_page=True)
                        files.append(file)
                        context.close()
                pictures.append((path, files))
                print(path, *files)
    rows = "".join(
        f"<h2>{path}</h2>" + "".join(f'<a href="{file}"><img src="{file}" width="300" alt="{file}"></a> ' for file in files)
        for path, files in pictures
    )
    (folder / "index.html").write_text(f"<!doctype html><title>Screens</title><h1>Screens</h1>{rows}")


main()
