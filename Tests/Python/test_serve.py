"""Starting and stopping a server."""

import urllib.request

from conftest import Server


def test_a_server_is_healthy_has_an_admin_token_and_stops_cleanly(server: Server) -> None:
    with urllib.request.urlopen(f"{server.url}/health", timeout=60) as answer:
        assert answer.status == 200
        assert answer.read().strip() == b"OK"
    assert len(server.token) >= 16
    assert server.data_dir.is_dir()
