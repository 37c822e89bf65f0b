"""/openapi.json describes the API, and nothing that follows the description, or breaks it, makes the server fail."""

import json
import urllib.request

import pytest

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
from hypothesis import HealthCheck, settings  # noqa: E402

EXAMPLES_PER_CALL = 6


@pytest.fixture
def document(server) -> dict:
    with urllib.request.urlopen(f"{server.url}/openapi.json", timeout=120) as answer:
        return json.load(answer)


def test_the_description_is_valid_and_complete(document):
    assert document["openapi"].startswith("3.1")
    assert len(document["paths"]) > 80
    identifiers = [call["operationId"] for path in document["paths"].values() for call in path.values()]
    assert len(identifiers) == len(set(identifiers))


def test_no_described_call_makes_the_server_fail(server, document):
    """Well-formed and malformed calls of every kind: never a 5xx, always JSON where a call is refused."""
    schema = schemathesis.openapi.from_dict(document)
    failures: list[str] = []
    calls = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES_PER_CALL,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        def probe(case):
            nonlocal calls
            calls += 1
            answer = case.call(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}, timeout=120)
            if answer.status_code >= 500 and answer.status_code != 501:
                failures.append(f"{case.method} {case.formatted_path} {case.body!r}: {answer.status_code} {answer.text[:300]}")

        strategy = operation.as_strategy()
        from hypothesis import given

        given(case=strategy)(probe)()
    assert calls > 300, "the description was not followed"
    assert not failures, "\n".join(failures[:20])
