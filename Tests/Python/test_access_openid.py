"""Signing in at an OpenID provider: tokens of the provider as API tokens, and browsers by authorization code and PKCE."""

import base64
import json
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jwt
import pytest
from conftest import REPOSITORY, Client, Server, started_server, unused_port
from openid_provider import CLIENT
from web import Answer, ask, bearer

WHOAMI = "/api/gatehouse/v1/whoami"
START_SECONDS_MAX = 120


@contextmanager
def running(*command: str, url: str) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=REPOSITORY / "Tests" / "Python"
    )
    try:
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                assert ask(url, "/.well-known/openid-configuration").status == 200
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < deadline, "the provider did not start"
                time.sleep(0.05)
        yield url
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def provider() -> Iterator[str]:
    """The strict provider of these tests."""
    port = unused_port()
    with running("openid_provider.py", str(port), url=f"http://127.0.0.1:{port}") as url:
        yield url


@pytest.fixture
def server(gatehouse: Path, tmp_path: Path, provider: str) -> Iterator[Server]:
    secret = tmp_path / "secret"
    secret.write_text(CLIENT[1] + "\n")
    options = ("--oidc-issuer", provider, "--oidc-client-id", CLIENT[0], "--oidc-client-secret-file", str(secret))
    roles = ("--oidc-admin-group", "admins", "--oidc-grant", "risk=reviewer:credit-*")
    with started_server(gatehouse, tmp_path / "data", *options, *roles) as running_server:
        yield running_server


def be(provider: str, **claims: object) -> None:
    assert ask(provider, "/be", "POST", body=claims).status == 200


def signed(provider: str, claims: dict | None = None, **wish: object) -> str:
    """A token with the provider's usual claims, these instead; None leaves one out."""
    return ask(provider, "/sign", "POST", body={"claims": claims or {}, **wish}).json()["token"]


def whoami(server: Server, token: str) -> Answer:
    return ask(server.url, WHOAMI, headers=bearer(token))


# Tokens of the provider


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_token_of_the_provider_is_a_user_who_may_do_nothing_until_somebody_says_so(
    client: Client, provider: str, algorithm: str
) -> None:
    token = signed(provider, algorithm=algorithm)
    assert whoami(client.server, token).json() == {"principal": "user:ada", "grants": []}
    assert ask(client.server.url, "/api/gatehouse/v1/models", headers=bearer(token)).status == 403
    client("user", "grant", "ada", "viewer")
    assert ask(client.server.url, "/api/gatehouse/v1/models", headers=bearer(token)).status == 200
    users = client.json("user", "list")["items"]
    assert [(user["name"], user["subject"], user["created_by"]) for user in users] == [("ada", "s-ada", "system:openid")]


def test_groups_bring_roles_as_long_as_the_token_says_so(client: Client, provider: str) -> None:
    risk = whoami(client.server, signed(provider, {"groups": ["risk", "lunch"]}))
    assert risk.json()["grants"] == ["reviewer:credit-*"]
    assert whoami(client.server, signed(provider, {"groups": "admins"})).json()["grants"] == ["admin"]
    assert whoami(client.server, signed(provider, {"groups": [7, None]})).json()["grants"] == []
    holders = {item["holder"] for item in client.json("policy", "who-can", "administer")["items"]}
    assert holders == {"token:admin", "group:admins"}


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"iss": "https://elsewhere.example"}, "issuer"),
        ({"aud": "another-service"}, "(aud)"),
        ({"aud": None}, "(aud)"),
        ({"azp": "another-client"}, "(azp)"),
        ({"exp": 1_700_000_000}, "expired"),
        ({"exp": None}, "expired"),
        ({"nbf": 4_000_000_000}, "(nbf)"),
        ({"iat": 4_000_000_000}, "(iat)"),
    ],
)
def test_a_token_that_is_not_for_us_or_not_now_is_refused(server: Server, provider: str, claims: dict, words: str) -> None:
    answer = whoami(server, signed(provider, claims))
    assert answer.status == 401 and words in answer.json()["message"], answer.text


def test_a_forged_token_is_refused_whatever_its_header_says(server: Server, provider: str) -> None:
    good = signed(provider)
    header, claims, signature = good.split(".")
    public = ask(provider, "/jwks").json()["keys"][-2]
    parsed = jwt.decode(good, options={"verify_signature": False})

    def part(content: dict) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

    forged = [
        f"{part({'alg': 'none', 'typ': 'JWT'})}.{claims}.",
        f"{part({'alg': 'none', 'kid': public['kid']})}.{claims}.{signature}",
        f"{header}.{part({**parsed, 'sub': 's-root', 'groups': ['admins']})}.{signature}",
        f"{header}.{claims}.",
        # The classic: the public key taken for a shared secret.
        jwt.encode(parsed, public["n"], algorithm="HS256", headers={"kid": public["kid"]}),
        f"{part({'alg': 'RS256', 'kid': 'enc'})}.{claims}.{signature}",
        f"{part({'alg': 'RS256', 'kid': public['kid'], 'jwk': public})}.{claims}.{signature}",
    ]
    for token in forged:
        answer = whoami(server, token)
        assert (answer.status, answer.json()["code"]) == (401, "unauthenticated"), token
    assert whoami(server, good).status == 200


def test_a_new_key_is_found_and_invented_ones_do_not_make_the_server_ask_again_and_again(
    server: Server, provider: str
) -> None:
    assert whoami(server, signed(provider)).status == 200
    reads = ask(provider, "/reads").json()["reads"]
    for n in range(20):
        assert whoami(server, signed(provider, headers={"kid": f"invented-{n}"})).status == 401
    assert ask(provider, "/reads").json()["reads"] <= reads + 1
    ask(provider, "/rotate", "POST")
    # One look in ten seconds: the new key counts from the next look on.
    deadline = time.monotonic() + 60
    while (answer := whoami(server, signed(provider))).status != 200 and time.monotonic() < deadline:
        assert answer.status in (401, 429)
        time.sleep(0.5)
    assert answer.status == 200


def test_a_name_at_the_provider_does_not_make_one_another_user(client: Client, provider: str, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("correct horse battery")
    client("user", "add", "root", "--password-file", password, "--grant", "admin")
    thief = signed(provider, {"sub": "s-eve", "preferred_username": "root"})
    answer = whoami(client.server, thief)
    assert (answer.status, answer.json()["message"]) == (403, "The name 'root' belongs to another user here.")
    client("user", "add", "eve", "--subject", "s-eve", "--grant", "viewer")
    assert whoami(client.server, thief).json() == {"principal": "user:eve", "grants": ["viewer"]}
    odd = whoami(client.server, signed(provider, {"sub": "s-odd", "preferred_username": "a:b"}))
    assert odd.status == 403 and "cannot be a user's name" in odd.json()["message"]


def test_without_the_provider_our_own_tokens_work(gatehouse: Path, tmp_path: Path) -> None:
    away = f"http://127.0.0.1:{unused_port()}"
    options = ("--oidc-issuer", away, "--oidc-client-id", "gatehouse")
    with started_server(gatehouse, tmp_path / "data", *options) as server:
        assert whoami(server, server.token).status == 200
        token = jwt.encode({"iss": away, "sub": "x"}, "a secret that is long enough for HMAC", algorithm="HS256")
        assert whoami(server, token).status == 401
        answer = whoami(server, ".".join(["eyJhbGciOiJSUzI1NiJ9", "e30", "c2ln"]))
        assert (answer.status, answer.json()["code"]) == (503, "unavailable")
        assert ask(server.url, "/auth/login").status == 503


# Browsers


def sign_in(server: Server, allow: bool = True) -> tuple[Answer, str, Answer]:
    """Goes where the server and the provider send a browser. The way in, the address it came back to, and what came of it."""
    begun = ask(server.url, "/auth/login?return_to=/health")
    assert begun.status == 303
    door = urllib.parse.urlsplit(begun.headers["Location"])
    back = ask(f"http://{door.netloc}", f"{door.path}?{door.query}").headers["Location"]
    address = urllib.parse.urlsplit(back)
    assert f"http://{address.netloc}" == server.url
    done = ask(server.url, f"{address.path}?{address.query}", headers=memory(begun) if allow else {})
    return begun, back, done


def memory(begun: Answer) -> dict[str, str]:
    return {"Cookie": "gatehouse_sign_in=" + begun.cookies()["gatehouse_sign_in"].split(";")[0]}


def session(done: Answer) -> dict[str, str]:
    return {"Cookie": "gatehouse_session=" + done.cookies()["gatehouse_session"].split(";")[0]}


def test_a_browser_signs_in_works_and_signs_out(client: Client, server: Server, provider: str) -> None:
    be(provider, sub="s-ada", preferred_username="ada", groups=["admins"])
    begun, _, done = sign_in(server)
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(begun.headers["Location"]).query)
    assert query["code_challenge_method"] == ["S256"] and len(query["code_challenge"][0]) == 43
    assert (done.status, done.headers["Location"]) == (303, "/health")
    for answer, name in ((begun, "gatehouse_sign_in"), (done, "gatehouse_session")):
        attributes = answer.cookies()[name].lower()
        assert "httponly" in attributes and "samesite=lax" in attributes and "path=/" in attributes
    cookie = session(done)
    assert ask(server.url, WHOAMI, headers=cookie).json() == {"principal": "user:ada", "grants": ["admin"]}
    # Changes take a page of ours: the cookie alone proves nothing.
    models = "/api/gatehouse/v1/models"
    for origin in ({}, {"Origin": "https://evil.example"}, {"Origin": "http://localhost:1"}, {"Origin": "null"}):
        assert ask(server.url, models, "POST", {**cookie, **origin}, {"name": "m"}).status == 403, origin
    own = {**cookie, "Origin": server.url}
    assert ask(server.url, models, "POST", own, {"name": "m"}).status == 201
    assert ask(server.url, "/auth/logout", "POST", cookie).status == 403
    assert ask(server.url, "/auth/logout", "POST", own).status == 204
    assert ask(server.url, WHOAMI, headers=cookie).status == 401
    actions = [item["action"] for item in client.json("audit", "log")["items"]]
    assert "session.started" in actions and "session.ended" in actions


def test_a_sign_in_that_this_browser_did_not_begin_is_refused(server: Server) -> None:
    begun, back, done = sign_in(server, allow=False)
    assert done.status == 401 and "not begun in this browser" in done.json()["message"]
    query = urllib.parse.urlsplit(back).query
    other = ask(server.url, "/auth/login")
    assert ask(server.url, f"/auth/callback?{query}", headers=memory(other)).status == 401
    # The code is still good, and good once.
    assert ask(server.url, f"/auth/callback?{query}", headers=memory(begun)).status == 303
    assert ask(server.url, f"/auth/callback?{query}", headers=memory(begun)).status == 401
    state = urllib.parse.parse_qs(query)["state"][0]
    for bad in (f"state={state}", f"state={state}&error=access_denied", f"state={state}&code=invented", "", "code=x"):
        assert ask(server.url, f"/auth/callback?{bad}", headers=memory(begun)).status == 401, bad
    tampered = {"Cookie": memory(begun)["Cookie"][:-4] + "AAAA"}
    assert ask(server.url, f"/auth/callback?{query}", headers=tampered).status == 401


def test_a_session_ends_with_its_user(client: Client, server: Server, provider: str) -> None:
    _, _, done = sign_in(server)
    assert ask(server.url, WHOAMI, headers=session(done)).status == 200
    client("user", "remove", "ada")
    assert ask(server.url, WHOAMI, headers=session(done)).status == 401


def test_cookies_of_a_public_https_address_are_bound_to_it(gatehouse: Path, tmp_path: Path, provider: str) -> None:
    options = ("--oidc-issuer", provider, "--oidc-client-id", CLIENT[0], "--public-url", "https://models.example")
    with started_server(gatehouse, tmp_path / "data", *options) as server:
        begun = ask(server.url, "/auth/login", headers={"Host": "models.example"})
        cookie = begun.cookies()["__Host-gatehouse-sign-in"].lower()
        assert "secure" in cookie and "domain" not in cookie and "path=/" in cookie
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(begun.headers["Location"]).query)
        assert query["redirect_uri"] == ["https://models.example/auth/callback"]


def test_a_provider_that_others_wrote_lets_a_browser_in(gatehouse: Path, tmp_path: Path) -> None:
    """The same way in with the package oidc-provider-mock, whose code knows nothing of ours."""
    port = unused_port()
    url = f"http://127.0.0.1:{port}"
    user = json.dumps({"sub": "s-ada", "preferred_username": "ada", "groups": ["risk"]})
    options = ("--oidc-issuer", url, "--oidc-client-id", "gatehouse", "--oidc-grant", "risk=viewer")
    secret = tmp_path / "secret"
    secret.write_text("any secret")
    with (
        running("-m", "oidc_provider_mock", "--port", str(port), "--user-claims", user, url=url),
        started_server(gatehouse, tmp_path / "data", *options, "--oidc-client-secret-file", str(secret)) as server,
    ):
        begun = ask(server.url, "/auth/login")
        door = urllib.parse.urlsplit(begun.headers["Location"])
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        chosen = ask(url, f"{door.path}?{door.query}", "POST", form, b"sub=s-ada")
        assert chosen.status == 302, chosen.text
        back = urllib.parse.urlsplit(chosen.headers["Location"])
        done = ask(server.url, f"{back.path}?{back.query}", headers=memory(begun))
        assert done.status == 303, done.text
        assert done.headers["Location"] == "/"
        answer = ask(server.url, WHOAMI, headers=session(done))
        assert answer.json() == {"principal": "user:ada", "grants": ["viewer"]}
