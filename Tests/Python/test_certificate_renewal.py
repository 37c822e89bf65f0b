"""A renewed certificate is shown after SIGHUP, by the server and by the gateway, without a restart."""

import json
import signal
import ssl
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from certificates import certificate
from conftest import Server, started_server
from test_gateway import Gateway, started_gateway, table, until
from web import ask


@contextmanager
def running(program: str, gatehouse: Path, folder: Path, files: tuple[Path, Path]) -> Iterator[Server | Gateway]:
    tls = ("--tls-certificate", files[0], "--tls-key", files[1])
    trust = ssl.create_default_context(cafile=files[0])
    if program == "serve":
        with started_server(gatehouse, folder / "data", *map(str, tls), trust=trust) as server:
            yield server
    else:
        routes = folder / "routes.json"
        routes.write_text(json.dumps(table("http://127.0.0.1:9")))
        with started_gateway(gatehouse, folder, "--routes", routes, *tls, trust=trust) as gateway:
            yield gateway


@pytest.mark.parametrize("program", ["serve", "gateway"])
def test_a_renewed_certificate_is_shown_after_a_hangup(program: str, gatehouse: Path, tmp_path: Path) -> None:
    first, second = certificate(tmp_path, "first"), certificate(tmp_path, "second")
    old, new = (file[0].read_text() for file in (first, second))
    with running(program, gatehouse, tmp_path, first) as server:
        address = urllib.parse.urlsplit(server.url)

        def shown() -> str:
            return ssl.get_server_certificate((address.hostname, address.port)).replace("\r", "")

        assert shown() == old
        for file, renewed in zip(first, second, strict=True):
            file.write_bytes(renewed.read_bytes())
        assert shown() == old
        server.process.send_signal(signal.SIGHUP)
        until(lambda: shown() == new, server.log.read_text)
        trust = ssl.create_default_context(cafile=second[0])
        assert ask(server.url, "/health", trust=trust).status == 200

        first[1].write_text("half a ke")
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "holds no private key" in server.log.read_text(), server.log.read_text)
        assert shown() == new
