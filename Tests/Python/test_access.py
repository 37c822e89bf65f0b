"""Who may do what: users, tokens, roles, and what becomes of those who guess."""

import base64
import dataclasses
import json
import math
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

from conftest import COMMAND_SECONDS_MAX, Client
from web import ask, bearer

NATIVE = "/api/gatehouse/v1"
PASSWORD = "correct horse battery"


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def token(client: Client, name: str, *grants: str) -> str:
    options = [part for grant in grants for part in ("--grant", grant)]
    return client.json("token", "create", name, *options)["token"]


def add_user(client: Client, tmp_path, name: str, *grants: str, password: str = PASSWORD) -> None:
    file = tmp_path / f"{name}.password"
    file.write_text(password + "\n")
    options = [part for grant in grants for part in ("--grant", grant)]
    client("user", "add", name, "--password-file", file, *options)


def whoami(client: Client, headers: dict[str, str]) -> tuple[int, dict]:
    answer = ask(client.server.url, f"{NATIVE}/whoami", headers=headers)
    return answer.status, answer.json()


def test_mlflow_credentials_of_all_three_kinds_sign_in(client: Client, tmp_path) -> None:
    ci = token(client, "ci", "registrant:credit-*")
    add_user(client, tmp_path, "ada", "viewer")
    expected = {"principal": "token:ci", "grants": ["registrant:credit-*"]}
    assert whoami(client, bearer(ci)) == (200, expected)
    assert whoami(client, basic("anybody", ci)) == (200, expected)
    assert whoami(client, basic("ada", PASSWORD)) == (200, {"principal": "user:ada", "grants": ["viewer"]})
    mlflow = ask(
        client.server.url, "/api/2.0/mlflow/registered-models/get?name=nothing", headers=basic("ada", PASSWORD)
    )
    assert (mlflow.status, mlflow.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_a_refusal_carries_a_challenge_and_tells_nothing_about_users(client: Client, tmp_path) -> None:
    add_user(client, tmp_path, "ada", "viewer")
    texts = set()
    for user in ("ada", "eve"):
        answer = ask(client.server.url, f"{NATIVE}/models", headers=basic(user, "a wrong password"))
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"]
        texts.add(answer.text)
    assert len(texts) == 1
    for headers in ({}, bearer("gh_unknown"), bearer("x.y.z"), {"Authorization": "Negotiate x"}):
        answer = ask(client.server.url, f"{NATIVE}/models", headers=headers)
        assert (answer.status, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"]


def test_guessing_pauses_and_the_right_password_works_after_it(client: Client, tmp_path) -> None:
    add_user(client, tmp_path, "ada", "viewer")
    # All at the same time: one after the other, on a machine that takes seconds to look at a password, is no guessing.
    with ThreadPoolExecutor(20) as pool:
        guesses = [pool.submit(whoami, client, basic("ada", f"guess number {number}")) for number in range(20)]
        next(guess for guess in as_completed(guesses) if guess.result()[0] == 429)
        answer = ask(client.server.url, f"{NATIVE}/whoami", headers=basic("ada", PASSWORD))
    statuses = [guess.result()[0] for guess in guesses]
    assert statuses.count(401) >= 10 and set(statuses) == {401, 429}
    assert (answer.status, answer.json()["error_code"]) == (429, "REQUEST_LIMIT_EXCEEDED")
    seconds = int(answer.headers["Retry-After"])
    assert 1 <= seconds <= 6
    # The same pause for whoever is not there, and none for tokens.
    assert whoami(client, bearer(client.server.token))[0] == 200
    deadline = time.monotonic() + 120
    while (status := whoami(client, basic("ada", PASSWORD))[0]) == 429 and time.monotonic() < deadline:
        time.sleep(math.ceil(seconds) / 4)
    assert status == 200


def operations(client: Client) -> list[tuple[str, str, dict]]:
    document = ask(client.server.url, "/openapi.json").json()
    return [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def sample(schema: dict, name: str) -> object:
    """A value that the schema allows, about the model `m` where it names one."""
    if "enum" in schema:
        return schema["enum"][-1]
    match schema.get("type"):
        case "integer" | "number":
            return 1
        case "boolean":
            return False
        case "array":
            return [sample(schema.get("items", {}), name)]
        case "object":
            return {}
    known = {
        "grant": "viewer",
        "to": "Archived",
        "yaml": "model: m",
        "expires_at": "2099-01-01T00:00:00.000Z",
        "permission": "read",
    }
    return known.get(name, "m")


def filled(client: Client, method: str, path: str, operation: dict) -> tuple[str, object]:
    """The call with its path filled in, its query and its body."""
    places = {"model": "m", "version": "1", "digest": "sha256:" + "0" * 64, "key": "k", "alias": "a", "grant": "viewer"}
    address = re.sub(r"\{(\w+)\}", lambda match: places.get(match[1], "m"), path)
    query = [
        f"{field['name']}={sample(field['schema'], field['name'])}"
        for field in operation.get("parameters", [])
        if field["in"] == "query" and field.get("required")
    ]
    content = operation.get("requestBody", {}).get("content", {})
    body = None
    if "application/json" in content:
        schema = content["application/json"]["schema"]
        body = {
            name: sample(member, name)
            for name, member in schema.get("properties", {}).items()
            if name in schema.get("required", [])
        }
        if "versions/{version}/promotions" in path:
            body = {"to": "Staging"}
    elif content:
        body = b"bytes"
    return address + ("?" + "&".join(query) if query else ""), body


def test_no_call_does_anything_for_somebody_without_a_role(client: Client) -> None:
    client("model", "create", "m")
    assert client.call("POST", "models/m/versions", {"source": "s3://elsewhere"})[0] == 201
    powerless = token(client, "powerless")
    calls = operations(client)
    assert len(calls) > 60
    for method, path, operation in calls:
        address, body = filled(client, method, path, operation)
        if path == f"{NATIVE}/whoami" or not operation.get("security", True):
            continue
        nobody = ask(client.server.url, address, method, body=body)
        somebody = ask(client.server.url, address, method, bearer(powerless), body)
        if path.startswith(NATIVE):
            assert nobody.status == 401, f"{method} {path}: {nobody.text}"
            assert somebody.status == 403, f"{method} {path}: {somebody.text}"
        else:
            assert nobody.status in (401, 404), f"{method} {path}: {nobody.text}"
            assert somebody.status >= 400 or "server-info" in path, f"{method} {path}: {somebody.text}"
    assert client.json("model", "show", "m")["version_count"] == 1


def test_a_refused_move_names_the_role_and_is_on_record(client: Client) -> None:
    client("model", "create", "credit-risk")
    client.call("POST", "models/credit-risk/versions", {"source": "s3://elsewhere"})
    ci = token(client, "ci", "registrant", "staging-manager")
    status, answer = client.call("POST", "models/credit-risk/versions/1/transitions", {"to": "Production"}, token=ci)
    assert (status, answer["code"]) == (403, "forbidden")
    assert answer["message"] == "token:ci may not move credit-risk v1 from None to Production."
    assert answer["hint"] == "gatehouse token grant ci 'production-manager:credit-risk'"
    last = client.json("audit", "log", "--model", "credit-risk")["items"][-1]
    assert (last["action"], last["principal"]) == ("transition.refused", "token:ci")
    assert last["facts"]["missing"][0] == "the role production-manager for credit-risk"
    client("token", "grant", "ci", "production-manager:credit-risk")
    status, answer = client.call("POST", "models/credit-risk/versions/1/transitions", {"to": "Production"}, token=ci)
    assert (status, answer["code"]) == (403, "blockedByPolicy")


def test_a_token_without_the_role_exits_with_4(client: Client) -> None:
    limited = Client(client.gatehouse, dataclasses.replace(client.server, token=token(client, "v", "viewer")))
    refused = limited("model", "create", "m", code=4)
    assert "token:v may not register or describe m: that takes the role registrant for m." in refused.stderr
    assert "gatehouse token grant v 'registrant:m'" in refused.stderr


def test_who_can_answers_by_the_rules_that_answer_requests(client: Client, tmp_path) -> None:
    add_user(client, tmp_path, "ada", "production-manager:credit-*:production:eu")
    add_user(client, tmp_path, "bob", "staging-manager")
    token(client, "pager", "operator")

    def holders(*question: str) -> set[str]:
        return {item["holder"] for item in client.json("policy", "who-can", *question)["items"]}

    move = ("transition", "credit-risk", "--from", "staging", "--to", "production")
    assert holders(*move) == {"token:admin"}
    assert holders(*move, "--segment", "eu/de") == {"token:admin", "user:ada"}
    assert holders("transition", "credit-risk", "--from", "none", "--to", "staging") == {"token:admin", "user:bob"}
    assert holders("roll-back", "credit-risk") == {"token:admin", "token:pager"}
    words = client("policy", "who-can", *move).stdout
    assert words == "token:admin\tadmin\n"
    assert "Did you mean 'transition'" in client("policy", "who-can", "transitoin", "m", code=1).stderr


def test_users_and_tokens_come_and_go_from_the_command_line(client: Client, tmp_path) -> None:
    add_user(client, tmp_path, "ada", "viewer")
    assert client.json("user", "grant", "ada", "reviewer:credit-*")["grants"] == ["reviewer:credit-*", "viewer"]
    client("user", "revoke", "ada", "viewer")
    assert [user["name"] for user in client.json("user", "list")["items"]] == ["ada"]
    ci = token(client, "ci", "viewer")
    assert whoami(client, bearer(ci))[0] == 200
    client("token", "ungrant", "ci", "viewer")
    assert whoami(client, bearer(ci)) == (200, {"principal": "token:ci", "grants": []})
    client("token", "revoke", "ci")
    status, answer = whoami(client, bearer(ci))
    assert (status, answer["message"]) == (401, "The token 'ci' was revoked.")
    tokens = {item["name"]: item for item in client.json("token", "list")["items"]}
    assert tokens["ci"]["revoked_at"] and tokens["ci"]["last_used_on"] and tokens["ci"]["token"] is None
    assert whoami(client, basic("ada", PASSWORD))[0] == 200
    client("user", "remove", "ada")
    assert whoami(client, basic("ada", PASSWORD))[0] == 401
    assert "Nobody would be left" in client("token", "revoke", "admin", code=1).stderr


def test_somebody_changes_their_own_password_with_the_one_they_have(client: Client, tmp_path) -> None:
    add_user(client, tmp_path, "ada", "viewer")
    add_user(client, tmp_path, "bob", "viewer")

    def change(user: str, body: dict) -> int:
        headers = basic("ada", PASSWORD)
        return ask(client.server.url, f"{NATIVE}/users/{user}/password", "PUT", headers, body).status

    new = "another horse entirely"
    assert change("ada", {"password": new}) == 403
    assert change("bob", {"password": new, "current_password": PASSWORD}) == 403
    assert change("ada", {"password": new, "current_password": "not the one I have"}) == 401
    assert change("ada", {"password": "short", "current_password": PASSWORD}) == 400
    assert change("ada", {"password": new, "current_password": PASSWORD}) == 204
    assert whoami(client, basic("ada", PASSWORD))[0] == 401
    assert whoami(client, basic("ada", new))[0] == 200
    # From the command line, signed in as MLflow's clients are.
    third, have = tmp_path / "third", tmp_path / "have"
    third.write_text("a third horse altogether")
    have.write_text(new)
    environment = {**client.environment, "MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_PASSWORD": new}
    del environment["GATEHOUSE_TOKEN"]
    command = ["user", "passwd", "ada", "--password-file", third, "--current-password-file", have]
    subprocess.run([client.gatehouse, *map(str, command)], env=environment, check=True, timeout=COMMAND_SECONDS_MAX)
    assert whoami(client, basic("ada", "a third horse altogether"))[0] == 200


def test_no_secret_is_in_the_audit_log_the_servers_log_or_the_database(client: Client, tmp_path) -> None:
    add_user(client, tmp_path, "ada", "viewer")
    ci = token(client, "ci", "viewer")
    whoami(client, bearer(ci))
    whoami(client, basic("ada", PASSWORD))
    whoami(client, basic("ada", "a wrong password"))
    log = json.dumps(client.json("audit", "log"))
    assert "user.created" in log and "token.created" in log
    at_rest = b"".join(file.read_bytes() for file in client.server.data_dir.glob("gatehouse.db*"))
    told = client.server.log.read_text().replace(client.server.token, "")
    for secret in (ci, ci.removeprefix("gh_"), PASSWORD, "a wrong password"):
        assert secret not in log
        assert secret not in told
        assert secret.encode() not in at_rest


def test_bad_accounts_are_refused_with_what_is_wrong(client: Client) -> None:
    for body, words in [
        ({"name": "a:b"}, "cannot be the name of a user"),
        ({"name": "ada", "password": "short"}, "at least 12 characters"),
        ({"name": "ada", "grants": ["superuser"]}, "no role 'superuser'"),
        ({"name": "ada", "grants": ["viewer"] * 1 + ["viewer:a/b"]}, "pattern of models"),
        ({"name": "ada", "subject": "s"}, "none is configured"),
        ({}, "'name' is missing"),
    ]:
        status, answer = client.call("POST", "users", body)
        assert status == 400 and words in answer["message"], answer
    for body, words in [
        ({"name": "ci", "expires_at": "yesterday"}, "yesterday"),
        ({"name": "ci", "expires_at": "2001-01-01T00:00:00.000Z"}, "expired already"),
        ({"name": "admin"}, "already"),
    ]:
        status, answer = client.call("POST", "tokens", body)
        assert status == 400 and words in answer["message"], answer
    assert client.call("GET", "auth/login")[0] == 404
    assert ask(client.server.url, "/auth/login").status == 404
