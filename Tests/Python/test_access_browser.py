"""Browsers: which hosts and origins the server answers to, the headers of its answers, HTTPS."""

import base64
import http.client
import re
import ssl
import urllib.parse
from pathlib import Path

import pytest
from certificates import certificate
from conftest import Client, Server, started_server
from web import Answer, ask, bearer

MODELS = "/api/gatehouse/v1/models"
SEARCH = "/api/2.0/mlflow/registered-models/get?name=m"


def test_every_answer_has_the_headers_that_browsers_heed(server: Server) -> None:
    for path in ("/health", "/version", MODELS, "/nowhere", SEARCH):
        answer = ask(server.url, path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert answer.headers["Vary"] == "Origin"
        assert answer.headers["X-Gatehouse-Warning"] is None


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("localhost", True),
        ("localhost:5000", True),
        ("127.0.0.1", True),
        ("[::1]:5000", True),
        ("10.1.2.3", True),
        ("172.16.0.1", True),
        ("192.168.1.1:80", True),
        ("[fd00::1]", True),
        ("evil.example", False),
        ("10.evil.example", False),
        ("172.32.0.1", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("8.8.8.8", False),
    ],
)
def test_a_foreign_host_is_refused_but_for_health(server: Server, host: str, is_known: bool) -> None:
    answer = ask(server.url, SEARCH, headers={"Host": host, **bearer(server.token)})
    assert (answer.status != 403) == is_known
    if not is_known:
        assert answer.text == "Invalid Host header - possible DNS rebinding attack detected"
    assert ask(server.url, "/health", headers={"Host": host}).text == "OK"
    assert ask(server.url, "/version", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    ("origin", "is_ours"),
    [
        ("https://evil.example", False),
        ("null", False),
        ("http://localhost.evil.example", False),
        ("http://localhost:3000", True),
        ("http://127.0.0.1:8080", True),
    ],
)
def test_a_foreign_page_changes_nothing_and_may_read_nothing_new(server: Server, origin: str, is_ours: bool) -> None:
    headers = {"Origin": origin, **bearer(server.token)}
    answer = ask(server.url, MODELS, "POST", headers, {"name": "m"})
    if is_ours:
        assert answer.status == 201
    else:
        assert (answer.status, answer.text) == (403, "Cross-origin request blocked")
        assert answer.headers["Content-Type"].startswith("text/plain")
    assert ask(server.url, MODELS, headers=headers).status == 200
    assert len(ask(server.url, MODELS, headers=bearer(server.token)).json()["items"]) == int(is_ours)


def test_pages_of_the_host_itself_and_allowed_hosts_are_welcome(gatehouse: Path, tmp_path: Path) -> None:
    with started_server(gatehouse, tmp_path / "data", "--allowed-host", "Models.example") as server:
        headers = {"Host": "models.example:443", "Origin": "https://models.example:443", **bearer(server.token)}
        assert ask(server.url, MODELS, "POST", headers, {"name": "m"}).status == 201
        other = {**headers, "Origin": "https://other.example"}
        assert ask(server.url, MODELS, "POST", other, {"name": "n"}).status == 403
        assert ask(server.url, MODELS, headers={**headers, "Host": "other.example"}).status == 403


def test_a_server_without_sign_in_says_so_on_every_answer(gatehouse: Path, tmp_path: Path) -> None:
    with started_server(gatehouse, tmp_path / "data", "--insecure-no-auth", token="none") as server:
        answer = ask(server.url, "/api/gatehouse/v1/whoami")
        assert answer.json() == {"principal": "system:anybody", "grants": ["admin"]}
        assert answer.headers["X-Gatehouse-Warning"] == "no authentication: anybody may do anything"
        assert "lets anybody" in server.log.read_text()
        body = {"name": "risk-lead", "password": "correct horse battery", "grants": ["reviewer"]}
        assert ask(server.url, "/api/gatehouse/v1/users", "POST", body=body).status == 201
        for password, principal in [("correct horse battery", "user:risk-lead"), ("wrong", "system:anybody")]:
            headers = {"Authorization": "Basic " + base64.b64encode(f"risk-lead:{password}".encode()).decode()}
            assert ask(server.url, "/api/gatehouse/v1/whoami", headers=headers).json()["principal"] == principal
        blocked = ask(server.url, MODELS, "POST", {"Origin": "https://evil.example"}, {"name": "m"})
        assert blocked.status == 403


# HTTPS


def test_https_is_served_from_tls_1_2_on(gatehouse: Path, tmp_path: Path) -> None:
    chain, key = certificate(tmp_path, "server")
    trust = ssl.create_default_context(cafile=chain)
    options = ("--tls-certificate", str(chain), "--tls-key", str(key))
    with started_server(gatehouse, tmp_path / "data", *options, trust=trust) as server:
        assert server.url.startswith("https://")
        assert f"gatehouse serves {server.url}" in server.log.read_text()
        answer = ask(server.url, MODELS, headers=bearer(server.token), trust=trust)
        assert answer.status == 200
        old = ssl.create_default_context(cafile=chain)
        old.set_ciphers("DEFAULT:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning):
            old.minimum_version = ssl.TLSVersion.TLSv1
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(OSError):
            ask(server.url, "/health", trust=old)
        with pytest.raises((OSError, http.client.HTTPException)):
            ask(server.url.replace("https", "http"), "/health")
        assert ask(server.url, "/health", trust=trust).text == "OK"


def test_wrong_certificate_files_are_told_before_anything_starts(run, tmp_path: Path) -> None:
    chain, key = certificate(tmp_path, "one")
    _, other = certificate(tmp_path, "two")
    text = tmp_path / "text"
    text.write_text("no certificate")
    for files, code, words in [
        ((chain, other), 1, "does not belong to the certificate"),
        ((text, key), 1, "holds no certificate"),
        ((chain, text), 1, "holds no private key"),
        ((tmp_path / "missing", key), 1, "no readable file"),
        ((chain, tmp_path / "missing"), 1, "no readable file"),
    ]:
        data = tmp_path / "data"
        told = run("serve", "--port", 0, "--data-dir", data, "--tls-certificate", files[0], "--tls-key", files[1], check=False)
        assert told.returncode == code
        assert words in told.stderr
        assert not data.exists()
    half = run("serve", "--tls-key", key, check=False)
    assert half.returncode == 64 and "both --tls-certificate and --tls-key" in half.stderr


def test_help_of_access_commands_is_short(client: Client) -> None:
    for words in (("user",), ("user", "add"), ("token",), ("token", "create"), ("policy", "who-can"), ("serve",)):
        assert len(client(*words, "--help").stdout.splitlines()) <= 50, words


def signed_in(server: Server, secret: str, name: str = "") -> Answer:
    """What the form for signing in answers."""
    page = ask(server.url, "/sign-in?return_to=/models")
    (token,) = set(re.findall(r'name="form_token" value="(\w+)"', page.text))
    form = {"form_token": token, "name": name, "secret": secret, "return_to": "/models"}
    sent = {"Content-Type": "application/x-www-form-urlencoded", "Origin": server.url}
    return ask(server.url, "/sign-in", "POST", sent, urllib.parse.urlencode(form).encode())


def cookie(answer: Answer) -> dict[str, str]:
    return {"Cookie": "gatehouse_session=" + answer.cookies()["gatehouse_session"].split(";")[0]}


def test_a_session_lasts_no_longer_than_the_token_it_was_opened_with(client: Client, server: Server) -> None:
    secret = client.json("token", "create", "laptop", "--grant", "viewer")["token"]
    done = signed_in(server, secret)
    assert (done.status, done.headers["Location"]) == (303, "/models")
    attributes = done.cookies()["gatehouse_session"].lower()
    assert "httponly" in attributes and "samesite=lax" in attributes and secret not in attributes
    assert ask(server.url, "/models", headers=cookie(done)).status == 200
    client("token", "revoke", "laptop")
    again = ask(server.url, "/models", headers=cookie(done))
    assert (again.status, again.headers["Location"]) == (303, "/sign-in?return_to=/models")


def test_a_wrong_password_says_so_and_a_new_one_ends_sessions(client: Client, server: Server, tmp_path: Path) -> None:
    for name, word in (("old", "correct horse battery"), ("new", "staple correct horse")):
        (tmp_path / name).write_text(word)
    client("user", "add", "ada", "--password-file", tmp_path / "old", "--grant", "viewer")
    wrong = signed_in(server, "wrong horse", "ada")
    assert wrong.status == 401 and "The user name or the password is wrong." in wrong.text
    assert "wrong horse" not in wrong.text
    done = signed_in(server, "correct horse battery", "ada")
    assert ask(server.url, "/models", headers=cookie(done)).status == 200
    client("user", "passwd", "ada", "--password-file", tmp_path / "new")
    assert ask(server.url, "/models", headers=cookie(done)).status == 303


def test_pages_send_whoever_is_not_signed_in_to_where_they_can(server: Server) -> None:
    answer = ask(server.url, "/models?q=a%26b")
    assert (answer.status, answer.headers["Location"]) == (303, "/sign-in?return_to=/models%3Fq%3Da%2526b")
    evil = ask(server.url, "/sign-in?return_to=//evil.example")
    assert 'name="return_to" value="/"' in evil.text
