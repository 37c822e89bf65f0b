"""Versions whose servers do not speak the Open Inference Protocol over HTTP: `/invocations` only, and gRPC only
(a server of grpcio). And what the log says when TLS with a server or a client fails."""

import concurrent.futures
import contextlib
import copy
import http.server
import json
import math
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import numpy
import pytest
from certificates import certificate
from inference_messages import SERVICE, M, method
from model_server import served
from ports import unused_port
from test_gateway import Gateway, started_gateway, table, until
from test_gateway_wires import CONTENTS, VALUES, request, write_table
from web import ask

SECONDS_MAX = 120


# Servers


@contextmanager
def invocations_server() -> Iterator[tuple[str, list[tuple[str, dict]]]]:
    """Adds up the numbers of each row; knows nothing but `/invocations` and `/ping`. Its address, and what it heard."""
    heard: list[tuple[str, dict]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.answer(200 if self.path == "/ping" else 404, b"\n")

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.append((self.path, asked))
            if self.path != "/invocations":
                return self.answer(404, b"<html>")
            frame = asked.get("dataframe_split")
            rows = frame["data"] if frame else asked["inputs"]
            if frame and "wrong" in frame["columns"]:
                return self.answer(400, json.dumps({"error_code": "BAD_REQUEST", "message": "no ‘wrong’"}).encode())
            self.answer(200, json.dumps({"predictions": [sum(row) for row in rows]}).encode())

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with served(Handler) as port:
        yield f"mlflow+http://localhost:{port}", heard


class CallServer(grpc.GenericRpcHandler):
    """The service itself, by grpcio: outputs are the inputs, as `out_NAME`, raw when they came raw."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, object, dict]] = []

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        name = details.method.removeprefix(f"/{SERVICE}/")
        if f"{name}Request" not in M or name == "ServerMetadata":
            return None
        fields = dict(details.invocation_metadata)

        def answer(asked: object, context: grpc.ServicerContext) -> object:
            self.heard.append((name, asked, fields))
            return getattr(self, name)(asked, context)

        return grpc.unary_unary_rpc_method_handler(
            answer, M[f"{name}Request"].FromString, M[f"{name}Response"].SerializeToString
        )

    def ServerLive(self, *_: object) -> object:
        return M["ServerLiveResponse"](live=True)

    def ServerReady(self, *_: object) -> object:
        return M["ServerReadyResponse"](ready=True)

    def ModelReady(self, asked: object, _: object) -> object:
        return M["ModelReadyResponse"](ready=asked.name == "credit")

    def ModelMetadata(self, asked: object, _: object) -> object:
        answer = M["ModelMetadataResponse"](name=asked.name, platform="test")
        answer.inputs.add(name="t", datatype="FP64", shape=[-1])
        return answer

    def ModelInfer(self, asked: object, context: grpc.ServicerContext) -> object:
        failing = asked.parameters["fail"].int64_param if "fail" in asked.parameters else 0
        if failing:
            code = next(code for code in grpc.StatusCode if code.value[0] == failing)
            context.abort(code, "said in 100 % ümläuts")
        answer = M["ModelInferResponse"](model_name=asked.model_name, model_version="its own", id=asked.id)
        for tensor in asked.inputs:
            out = answer.outputs.add(name=f"out_{tensor.name}", datatype=tensor.datatype, shape=tensor.shape)
            if tensor.HasField("contents"):
                out.contents.CopyFrom(tensor.contents)
        answer.raw_output_contents.extend(asked.raw_input_contents)
        return answer


@contextmanager
def call_server(
    credentials: grpc.ServerCredentials | None = None, port: int = 0
) -> Iterator[tuple[int, CallServer, grpc.Server]]:
    handler = CallServer()
    options = [("grpc.max_receive_message_length", 64 << 20), ("grpc.so_reuseport", 0)]
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(16), [handler], options=options)
    if credentials:
        port = server.add_secure_port(f"127.0.0.1:{port}", credentials)
    else:
        port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield port, handler, server
    finally:
        server.stop(None).wait()


def infer(gateway: Gateway, body: object, trust: ssl.SSLContext | None = None) -> tuple[int, dict]:
    answer = ask(gateway.url, "/v2/models/credit/infer", "POST", body=body, trust=trust)
    return answer.status, answer.json()


def tensor(name: str, datatype: str, values: list, shape: list[int] | None = None) -> dict:
    return {"name": name, "shape": shape or [len(values)], "datatype": datatype, "data": values}


# /invocations only


def test_calls_and_requests_reach_a_server_that_speaks_invocations_only(gatehouse: Path, tmp_path: Path) -> None:
    with invocations_server() as (address, heard):
        options = ("--routes", write_table(tmp_path, address))
        with (
            started_gateway(gatehouse, tmp_path, *options) as gateway,
            grpc.insecure_channel(gateway.url.removeprefix("http://")) as channel,
        ):
            two = [tensor("b", "INT64", [1, 2]), tensor("a", "FP64", [0.5, 0.25])]
            status, found = infer(gateway, {"id": "one", "inputs": two})
            expected = {"name": "predictions", "shape": [2], "datatype": "FP64", "data": [1.5, 2.25]}
            assert (status, found["outputs"], found["id"], found["model_version"]) == (200, [expected], "one", "7")
            assert heard[-1][1] == {"dataframe_split": {"columns": ["b", "a"], "data": [[1, 0.5], [2, 0.25]]}}
            status, found = infer(gateway, {"inputs": [tensor("x", "FP64", [1, 2, 3, 4.5], [2, 2])]})
            assert heard[-1][1] == {"inputs": [[1.0, 2.0], [3.0, 4.5]]}
            assert found["outputs"][0]["data"] == [3.0, 7.5]
            assert gateway.score().json() == {"predictions": [1.0]}

            call = method(channel, "ModelInfer")
            values = numpy.array([[0.1, 0.2], [1 / 3, 5e-324]])
            for raw in (True, False):
                answer = call(request("FP64", values, raw), timeout=SECONDS_MAX)
                told = numpy.array(heard[-1][1]["inputs"])
                assert told.tobytes() == values.tobytes()
                assert (answer.model_version, answer.outputs[0].name) == ("7", "predictions")
                sums = (
                    numpy.frombuffer(answer.raw_output_contents[0])
                    if raw
                    else numpy.array(answer.outputs[0].contents.fp64_contents)
                )
                numpy.testing.assert_array_equal(sums, [sum(row) for row in values.tolist()])
            assert method(channel, "ModelReady")(M["ModelReadyRequest"](name="credit"), timeout=SECONDS_MAX).ready
            for code, asked in [
                (grpc.StatusCode.INVALID_ARGUMENT, M["ModelInferRequest"](model_name="credit")),
                (grpc.StatusCode.INVALID_ARGUMENT, wrong_column()),
            ]:
                with pytest.raises(grpc.RpcError) as error:
                    call(asked, timeout=SECONDS_MAX)
                assert error.value.code() == code
            assert error.value.details() == "no ‘wrong’"
            with pytest.raises(grpc.RpcError) as error:
                method(channel, "ModelMetadata")(M["ModelMetadataRequest"](name="credit"), timeout=SECONDS_MAX)
            assert error.value.code() == grpc.StatusCode.UNIMPLEMENTED
            assert {path for path, _ in heard} == {"/invocations"}


def wrong_column() -> object:
    asked = M["ModelInferRequest"](model_name="credit")
    asked.inputs.add(name="wrong", datatype="INT64", shape=[1]).contents.int64_contents.append(1)
    return asked


# gRPC only


@pytest.fixture(scope="module")
def calls(gatehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CallServer, Gateway]]:
    """A server of gRPC behind a gateway."""
    folder = tmp_path_factory.mktemp("calls")
    with call_server() as (port, server, _):
        changed = table(f"grpc://127.0.0.1:{port}")
        changed["endpoints"][0]["rules"] = {"body_bytes_max": 8 << 20}
        routes = folder / "routes.json"
        routes.write_text(json.dumps(changed))
        with started_gateway(gatehouse, folder, "--routes", routes) as gateway:
            yield server, gateway


@pytest.mark.parametrize("datatype", VALUES)
def test_values_of_each_type_reach_a_server_of_grpc_from_both_protocols(
    calls: tuple[CallServer, Gateway], datatype: str
) -> None:
    server, gateway = calls
    values = VALUES[datatype]
    wide = values.astype("f8") if values.dtype.kind == "f" else values
    data = [None if math.isnan(value) else value for value in wide.ravel().tolist()]
    status, found = infer(gateway, {"inputs": [tensor("t", datatype, data, list(values.shape))]})
    assert status == 200, found
    (output,) = found["outputs"]
    assert (output["name"], output["datatype"], output["shape"]) == ("out_t", datatype, list(values.shape))
    back = numpy.array([numpy.nan if value is None else value for value in output["data"]], values.dtype)
    assert back.tobytes() == values.tobytes()
    asked = server.heard[-1][1]
    if datatype == "FP16":
        assert list(asked.raw_input_contents) == [values.tobytes()]
    else:
        short = CONTENTS.get(datatype, "uint" if datatype.startswith("U") else "int")
        sent = numpy.array(getattr(asked.inputs[0].contents, f"{short}_contents"), values.dtype)
        numpy.testing.assert_array_equal(sent, values.ravel())
    with grpc.insecure_channel(gateway.url.removeprefix("http://")) as channel:
        answer = method(channel, "ModelInfer")(request(datatype, values, True), timeout=SECONDS_MAX)
    assert (answer.model_version, answer.id, answer.raw_output_contents[0]) == ("7", "one", values.tobytes())


def test_a_server_of_grpc_is_asked_what_it_is_ready_for_and_errors_are_its_own(
    calls: tuple[CallServer, Gateway],
) -> None:
    server, gateway = calls
    one = [tensor("t", "FP64", [1.0])]
    for code, http_status in [(3, 400), (5, 404), (7, 403), (8, 429), (9, 412), (12, 501), (13, 500), (16, 401)]:
        status, found = infer(gateway, {"inputs": one, "parameters": {"fail": code}})
        assert (status, found["error"]) == (http_status, "said in 100 % ümläuts")
    assert ask(gateway.url, "/v2/models/credit/ready").json() == {"ready": True}
    metadata = ask(gateway.url, "/v2/models/credit").json()
    assert metadata["inputs"] == [{"name": "t", "datatype": "FP64", "shape": [-1]}]
    assert ask(gateway.url, "/endpoints/credit/ping").status == 200
    assert ask(gateway.url, "/endpoints/credit/v2").status == 501
    refused = gateway.score()
    assert refused.status == 501 and "/v2/models/NAME/infer" in refused.text
    answer = ask(
        gateway.url, "/v2/models/credit/infer", "POST", {"x-customer": "c1", "x-request-id": "r1"}, {"inputs": one}
    )
    assert (answer.status, answer.headers["x-gatehouse-request-id"]) == (200, "r1")
    fields = server.heard[-1][2]
    assert (fields["x-customer"], fields["x-request-id"]) == ("c1", "r1")


def test_long_messages_and_many_at_once_are_each_answered_with_their_own(calls: tuple[CallServer, Gateway]) -> None:
    _, gateway = calls
    # Longer than every window of HTTP/2 on the way.
    values = [float(number) + 0.5 for number in range(300_000)]
    status, found = infer(gateway, {"inputs": [tensor("t", "FP64", values)]})
    assert status == 200 and found["outputs"][0]["data"] == values

    def one(number: int) -> bool:
        _, found = infer(gateway, {"inputs": [tensor("t", "INT64", [number])]})
        return found["outputs"][0]["data"] == [number]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert all(pool.map(one, range(200)))


def test_a_server_of_grpc_may_stop_and_come_back_over_tls_under_another_name_for_the_model(
    gatehouse: Path, tmp_path: Path
) -> None:
    file, key = certificate(tmp_path, "upstream")
    credentials = grpc.ssl_server_credentials([(key.read_bytes(), file.read_bytes())])
    one = {"inputs": [tensor("t", "FP64", [1.0])]}
    with call_server(credentials, unused_port()) as (port, server, running):
        routes = write_table(tmp_path, f"grpcs://localhost:{port}/credit-7")
        with started_gateway(gatehouse, tmp_path, "--routes", routes, "--upstream-ca", file) as gateway:
            for _ in range(3):
                assert infer(gateway, one)[0] == 200
            assert server.heard[-1][1].model_name == "credit-7"
            running.stop(1).wait()
            status, found = infer(gateway, one)
            assert status == 503, found
            with call_server(credentials, port):
                until(lambda: infer(gateway, one)[0] == 200)


# Servers that speak neither

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@pytest.mark.parametrize("scheme", ["mlflow+http", "grpc"])
def test_whatever_a_server_says_the_caller_gets_an_error_and_the_gateway_goes_on(
    gatehouse: Path, tmp_path: Path, scheme: str
) -> None:
    settings = b"\0\0\0\4\0\0\0\0\0"
    garbage = [
        b"",
        bytes(range(256)),
        OK + b"content-length: 3\r\n\r\n[1]",
        OK + b"content-length: 3\r\n\r\n[1,",
        OK + b"content-length: 30\r\n\r\n[1]",
        OK + b"\r\n" + b'{"predictions": [[1], [2, 3]]}',
        OK + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
        settings,
        settings + b"\0\0\4\3\0\0\0\0\1\0\0\0\7",
        settings + b"\0\0\x08\7\0\0\0\0\0\0\0\0\0\0\0\0\0",
        settings + b"\0\0\1\1\5\0\0\0\1\x88",
        settings + b"\0\0\1\1\4\0\0\0\1\x88" + b"\0\0\5\0\1\0\0\0\1\0\0\0\0\0",
        settings + b"\xff\xff\xff\0\0\0\0\0\1",
    ]
    body = {"inputs": [tensor("t", "FP64", [1.0])]}
    with contextlib.ExitStack() as stack:
        changed = table("")
        (first,) = changed["endpoints"]
        changed["endpoints"] = [
            {**copy.deepcopy(first), "name": f"case{number}", "rules": {"deadline_ms": 60_000}}
            for number in range(len(garbage))
        ]
        for said, one in zip(garbage, changed["endpoints"], strict=True):
            port = stack.enter_context(talker(said))
            one["segments"][0]["champion"]["upstream"] = f"{scheme}://localhost:{port}"
        routes = tmp_path / "routes.json"
        routes.write_text(json.dumps(changed))
        with started_gateway(gatehouse, tmp_path, "--routes", routes) as gateway:
            for number, said in enumerate(garbage):
                answer = ask(gateway.url, f"/v2/models/case{number}/infer", "POST", body=body)
                whole = scheme == "mlflow+http" and said.endswith(b"[1]") and b": 3\r" in said
                assert answer.status == 200 if whole else answer.status in (500, 502, 503), (said, answer.text)
                assert answer.json()["outputs" if whole else "error"]


# Why TLS failed


def logged(gateway: Gateway, reason: str) -> str:
    """The first line with that reason."""
    found = until(
        lambda: [line for line in gateway.log.read_text().splitlines() if f"reason={reason}" in line],
        gateway.log.read_text,
    )
    assert len(found) == 1, found
    return found[0]


@contextmanager
def talker(says: bytes) -> Iterator[int]:
    """Says the same to everybody, whatever it hears."""
    listener = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            # Left with something unread, a connection that is closed takes with it what was just said.
            with connection, contextlib.suppress(OSError):
                connection.settimeout(SECONDS_MAX)
                connection.recv(65536)
                connection.sendall(says)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@pytest.mark.parametrize(
    ("kind", "reason", "words"),
    [
        ("expired", "certificate_expired", "it ended 1"),
        ("unknown", "unknown_authority", "localhost, 127.0.0.1"),
        ("other name", "wrong_name", "of elsewhere.example, 192.0.2.1, not of localhost"),
        ("old protocol", "protocol_version", "PROTOCOL"),
        ("no TLS", "not_tls", "WRONG_VERSION_NUMBER"),
        ("no HTTP/2", "no_http2", "HTTP/2"),
    ],
)
def test_the_log_says_why_a_model_server_was_not_trusted(
    gatehouse: Path, tmp_path: Path, kind: str, reason: str, words: str
) -> None:
    good = certificate(tmp_path, "good")
    shown = {
        "expired": lambda: certificate(tmp_path, "expired", ends_in_hours=-2),
        "unknown": lambda: certificate(tmp_path, "unknown"),
        "other name": lambda: certificate(tmp_path, "other", host="elsewhere.example", address="192.0.2.1"),
    }.get(kind, lambda: good)()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if kind == "old protocol":
        tls.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.deprecated_call():
            tls.minimum_version = tls.maximum_version = ssl.TLSVersion.TLSv1_1
    tls.load_cert_chain(*shown)
    trusted = good if kind == "unknown" else shown
    scheme = "grpcs" if kind == "no HTTP/2" else "https"
    plain = talker(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with plain if kind == "no TLS" else served(http.server.BaseHTTPRequestHandler, tls) as port:
        routes = write_table(tmp_path, f"{scheme}://localhost:{port}")
        with started_gateway(gatehouse, tmp_path, "--routes", routes, "--upstream-ca", trusted[0]) as gateway:
            for _ in range(4):
                answer = ask(gateway.url, "/v2/models/credit/infer", "POST", body={})
                assert answer.status == 503 and "(tls)" in answer.text
            line = logged(gateway, reason)
            assert words in line and f"localhost:{port}" in line


def test_the_log_says_why_clients_did_not_get_in(gatehouse: Path, tmp_path: Path) -> None:
    file, key = certificate(tmp_path, "gateway")
    trust = ssl.create_default_context(cafile=file)
    routes = write_table(tmp_path, "http://localhost:1")
    options = ("--routes", routes, "--tls-certificate", file, "--tls-key", key)
    with started_gateway(gatehouse, tmp_path, *options, trust=trust) as gateway:
        host, port = gateway.url.removeprefix("https://").split(":")
        for _ in range(5):
            # A look whether the port is open; a client without TLS; two that do not trust the certificate.
            socket.create_connection((host, int(port))).close()
            with socket.create_connection((host, int(port))) as plain:
                plain.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                assert b"200" not in plain.recv(1000)
            for newest in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                distrusting = ssl.create_default_context()
                distrusting.maximum_version = newest
                with pytest.raises(ssl.SSLError), socket.create_connection((host, int(port))) as connection:
                    distrusting.wrap_socket(connection, server_hostname="localhost")
        assert "client=127.0.0.1" in logged(gateway, "not_tls")
        assert "UNKNOWN_CA" in logged(gateway, "refused_by_peer")
        # OpenSSL says so in clear where TLS 1.3 expects ciphertext.
        assert "that do not trust the certificate" in logged(gateway, "other")
        assert "reason=closed" not in gateway.log.read_text()
