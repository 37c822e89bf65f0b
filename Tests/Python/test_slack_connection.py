"""A server's connection to Slack: what a restart keeps, where secrets come from, and what there is without one."""

import itertools
import json
import os
import urllib.parse
from pathlib import Path

from conftest import Client, Server
from mortal_server import MortalServer
from slack_server import BOT_TOKEN, CHANNEL, SECRET, slack_server
from test_review import FAILED, PASSWORD, House, Person
from test_slack import CONNECTED, secrets, until


def test_a_restart_loses_no_message_and_doubles_none(gatehouse: Path, tmp_path: Path) -> None:
    """Killed while one of two messages had not been taken, and the answer to the other had not arrived."""
    with slack_server() as slack:
        mortal = MortalServer(
            gatehouse, tmp_path, options=(*CONNECTED, "--slack-api-url", slack.api, *secrets(tmp_path))
        )
        posts = itertools.count()
        slack.trouble = lambda method, _call: ("lose", 503)[next(posts)] if method == "chat.postMessage" else None
        mortal.start()
        server = Server(f"http://127.0.0.1:{mortal.port}", mortal.token, mortal.data, tmp_path / "serve.log", mortal.process)
        house = House(Client(gatehouse, server), tmp_path, {"rita": Person(gatehouse, server, "rita")})
        password = tmp_path / "password"
        password.write_text(PASSWORD + "\n")
        for name, role in {"rita": "production-manager", "ben": "reviewer", "cleo": "reviewer"}.items():
            house.admin("user", "add", name, "--password-file", password, "--grant", role)
        name = house.staged(required=2, reviewers="[ben, cleo]")
        house.ask(name)
        until(lambda: slack.calls.count("chat.postMessage") == 2 and slack.about(name))
        mortal.kill()
        assert len(slack.about(name)) == 1
        slack.trouble = lambda _method, _call: None
        slack.calls.clear()
        mortal.start()
        until(lambda: {"conversations.history", "chat.update", "chat.postMessage"} <= set(slack.calls))
        assert mortal.stop() == 0
        assert slack.calls.count("chat.postMessage") == 1
        assert sorted(who for message in slack.messages for who in ("`ben`", "`cleo`") if who in message.words) == [
            "`ben`",
            "`cleo`",
        ]


def test_secrets_come_from_files_or_the_environment_and_half_a_connection_is_refused(run, tmp_path: Path) -> None:
    data = tmp_path / "data"
    files = secrets(tmp_path)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GATEHOUSE_SLACK")}
    for options, said in (
        (("--slack-channel", CHANNEL), "the signing secret"),
        (("--slack-channel", CHANNEL, *files[:2]), "the bot token"),
        (files, "no channel"),
        (("--slack-channel", "#risk", *files), "no id of a Slack channel"),
        (("--slack-channel", CHANNEL, *files, "--slack-api-url", "ftp://x"), "scheme"),
    ):
        ended = run("serve", "--port", 0, "--data-dir", data, *options, check=False, env=environment)
        assert ended.returncode == FAILED and said in ended.stderr, ended
        assert SECRET not in ended.stderr and BOT_TOKEN not in ended.stderr
    (tmp_path / "slack-token").write_text("xoxp-a-person")
    ended = run(
        "serve", "--port", 0, "--data-dir", data, "--slack-channel", CHANNEL, *files, check=False, env=environment
    )
    assert "xoxb-" in ended.stderr and "xoxp-a-person" not in ended.stderr


def test_a_server_without_slack_says_so(client: Client) -> None:
    with slack_server() as slack:
        slack.app = client.server.url
        status, answer = slack.send("commands", urllib.parse.urlencode({"command": "/approve-model"}).encode())
        assert status == 404 and "not connected to Slack" in json.loads(answer)["message"]
