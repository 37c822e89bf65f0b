"""What a gateway speaks besides HTTP/1.1, as other people's clients see it: TLS, HTTP/2 (httpx) and gRPC (grpcio)."""

import concurrent.futures
import http.server
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import httpx
import numpy
import pytest
from certificates import certificate
from inference_messages import M, method
from model_server import served
from test_gateway import started_gateway, table

SECONDS_MAX = 120


class EchoServer:
    """A model whose outputs are its inputs: `out_NAME` for each `NAME`."""

    def __init__(self) -> None:
        self.url = ""
        self.heard: list[dict] = []


@contextmanager
def echo_server(tls: ssl.SSLContext | None = None) -> Iterator[EchoServer]:
    running = EchoServer()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.answer(200, {"name": "echo", "platform": "test", "inputs": [], "outputs": [], "ready": True})

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            running.heard.append(asked)
            if self.path.endswith("/invocations"):
                return self.answer(200, {"predictions": [7.0]})
            outputs = [{**tensor, "name": f"out_{tensor['name']}"} for tensor in asked["inputs"]]
            return self.answer(200, {"model_name": "echo", "model_version": "1", "outputs": outputs})

        def answer(self, status: int, document: dict) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with served(Handler, tls) as port:
        running.url = f"{'https' if tls else 'http'}://localhost:{port}"
        yield running


def write_table(folder: Path, upstream: str) -> Path:
    file = folder / "routes.json"
    file.write_text(json.dumps(table(upstream)))
    return file


@pytest.fixture(scope="module")
def plain(gatehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EchoServer, str]]:
    """The echo behind a gateway without TLS, and that gateway's address."""
    folder = tmp_path_factory.mktemp("plain")
    with echo_server() as echo:
        routes = write_table(folder, echo.url)
        with started_gateway(gatehouse, folder, "--routes", routes) as gateway:
            yield echo, gateway.url.removeprefix("http://")


@pytest.fixture(scope="module")
def channel(plain: tuple[EchoServer, str]) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(plain[1]) as channel:
        yield channel


VALUES = {
    "BOOL": numpy.array([[True, False], [False, True]]),
    "UINT8": numpy.array([0, 255], "u1"),
    "UINT16": numpy.array([0, 65535], "<u2"),
    "UINT32": numpy.array([0, 4294967295], "<u4"),
    "UINT64": numpy.array([0, 2**63 - 1], "<u8"),
    "INT8": numpy.array([-128, 127], "i1"),
    "INT16": numpy.array([-32768, 32767], "<i2"),
    "INT32": numpy.array([-(2**31), 2**31 - 1], "<i4"),
    "INT64": numpy.array([-(2**63), 2**63 - 1, 2**53 + 1], "<i8"),
    "FP16": numpy.array([0.1, -65504, 6e-8, numpy.nan], "<f2"),
    "FP32": numpy.array([[0.1, -3.4e38], [1e-45, numpy.nan]], "<f4"),
    "FP64": numpy.array([0.1, -1.7976931348623157e308, 5e-324, numpy.nan, 1 / 3], "<f8"),
}
CONTENTS = {"BOOL": "bool", "INT64": "int64", "UINT64": "uint64", "FP32": "fp32", "FP64": "fp64"}


def request(datatype: str, values: numpy.ndarray, raw: bool) -> object:
    asked = M["ModelInferRequest"](model_name="credit", id="one")
    tensor = asked.inputs.add(name="t", datatype=datatype, shape=values.shape)
    if raw:
        asked.raw_input_contents.append(values.tobytes())
    else:
        short = CONTENTS.get(datatype, "uint" if datatype.startswith("U") else "int")
        getattr(tensor.contents, f"{short}_contents").extend(values.ravel().tolist())
    return asked


@pytest.mark.parametrize("datatype", VALUES)
def test_values_of_each_type_reach_the_model_and_come_back_as_they_were(
    plain: tuple[EchoServer, str], channel: grpc.Channel, datatype: str
) -> None:
    values = VALUES[datatype]
    for raw in (True, False) if datatype != "FP16" else (True,):
        answer = method(channel, "ModelInfer")(request(datatype, values, raw), timeout=SECONDS_MAX)
        assert (answer.model_name, answer.model_version, answer.id) == ("credit", "7", "one")
        (tensor,) = answer.outputs
        assert (tensor.name, tensor.datatype, tuple(tensor.shape)) == ("out_t", datatype, values.shape)
        heard = plain[0].heard[-1]["inputs"][0]["data"]
        told = numpy.array([numpy.nan if value is None else value for value in heard], values.dtype)
        assert told.tobytes() == values.tobytes()
        if raw:
            assert answer.raw_output_contents[0] == values.tobytes()
        else:
            short = CONTENTS.get(datatype, "uint" if datatype.startswith("U") else "int")
            found = numpy.array(getattr(tensor.contents, f"{short}_contents"), values.dtype)
            numpy.testing.assert_array_equal(found, values.ravel())


def test_texts_and_parameters_come_back_as_they_were(plain: tuple[EchoServer, str], channel: grpc.Channel) -> None:
    texts = ["", "ü", 'a "quote"\n', "x" * 300]
    asked = M["ModelInferRequest"](model_name="credit")
    tensor = asked.inputs.add(name="t", datatype="BYTES", shape=[4])
    tensor.contents.bytes_contents.extend(text.encode() for text in texts)
    tensor.parameters["content_type"].string_param = "str"
    asked.parameters["many"].int64_param = 2**40
    call = method(channel, "ModelInfer")
    found = call(asked, timeout=SECONDS_MAX).outputs[0].contents.bytes_contents
    assert list(found) == [text.encode() for text in texts]
    heard = plain[0].heard[-1]
    assert heard["parameters"] == {"many": 2**40}
    assert heard["inputs"][0]["parameters"] == {"content_type": "str"}
    assert heard["inputs"][0]["data"] == texts
    del tensor.contents.bytes_contents[:]
    tensor.ClearField("contents")
    raw = b"".join(len(text.encode()).to_bytes(4, "little") + text.encode() for text in texts)
    asked.raw_input_contents.append(raw)
    assert call(asked, timeout=SECONDS_MAX).raw_output_contents == [raw]


def test_grpcs_own_client_gets_health_metadata_and_the_right_errors(
    plain: tuple[EchoServer, str], channel: grpc.Channel
) -> None:
    def ask(name: str, /, **fields: object) -> object:
        return method(channel, name)(M[f"{name}Request"](**fields), timeout=SECONDS_MAX)

    assert ask("ServerLive").live and ask("ServerReady").ready and ask("ModelReady", name="credit").ready
    assert ask("ServerMetadata").name == "gatehouse-gateway"
    assert list(ask("ModelMetadata", name="credit").versions) == ["7"]
    for wanted, fields in [
        (grpc.StatusCode.NOT_FOUND, {"model_name": "nosuch"}),
        (grpc.StatusCode.INVALID_ARGUMENT, {"model_name": "credit@champion"}),
        (grpc.StatusCode.PERMISSION_DENIED, {"model_name": "credit", "model_version": "6"}),
    ]:
        with pytest.raises(grpc.RpcError) as error:
            ask("ModelInfer", **fields)
        assert error.value.code() == wanted, error.value.details()
    with pytest.raises(grpc.RpcError) as error:
        unknown = channel.unary_unary("/inference.GRPCInferenceService/Other", None, None)
        unknown(b"", timeout=SECONDS_MAX)
    assert error.value.code() == grpc.StatusCode.UNIMPLEMENTED
    with pytest.raises(grpc.RpcError) as error:
        compressed = method(channel, "ModelInfer")
        compressed(
            request("FP64", numpy.zeros(1000), True), timeout=SECONDS_MAX, compression=grpc.Compression.Gzip
        )
    assert error.value.code() == grpc.StatusCode.UNIMPLEMENTED
    with pytest.raises(grpc.RpcError) as error:
        method(channel, "ModelInfer")(request("UINT8", numpy.zeros(5 << 20, "u1"), True), timeout=SECONDS_MAX)
    assert error.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED

    # All at once on one connection: each gets its own answer.
    def one(number: int) -> bool:
        answer = method(channel, "ModelInfer")(request("FP64", numpy.array([float(number)]), True), timeout=SECONDS_MAX)
        return answer.raw_output_contents[0] == numpy.array([float(number)]).tobytes()

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        assert all(pool.map(one, range(200)))


def test_over_tls_each_client_gets_the_http_it_speaks(gatehouse: Path, tmp_path: Path) -> None:
    served, trusted = certificate(tmp_path, "gateway"), certificate(tmp_path, "upstream")
    upstream = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    upstream.load_cert_chain(*trusted)
    trust = ssl.create_default_context(cafile=str(served[0]))
    body = {"dataframe_split": {"columns": ["x"], "data": [[1.0]]}}
    tls = ("--tls-certificate", served[0], "--tls-key", served[1])
    with echo_server(upstream) as echo:
        routes = write_table(tmp_path, echo.url)
        options = ("--routes", routes, *tls)
        with started_gateway(gatehouse, tmp_path, *options, "--upstream-ca", trusted[0], trust=trust) as gateway:
            assert gateway.url.startswith("https://")
            for version, settings in [("HTTP/2", {"http2": True}), ("HTTP/1.1", {})]:
                with httpx.Client(verify=trust, base_url=gateway.url, timeout=SECONDS_MAX, **settings) as client:
                    for _ in range(3):
                        answer = client.post("/endpoints/credit/invocations", json=body)
                        assert (answer.http_version, answer.status_code) == (version, 200)
                        assert answer.json() == {"predictions": [7.0]}
                        assert answer.headers["x-gatehouse-version"] == "7"
                    assert client.get("/v1/health/ready").json()["ready"]
                    long = client.post("/endpoints/credit/invocations", content=b"x" * (2 << 20))
                    assert long.status_code == 413
                    assert client.post("/endpoints/nosuch/invocations", json=body).status_code == 404
            credentials = grpc.ssl_channel_credentials(served[0].read_bytes())
            with grpc.secure_channel(gateway.url.removeprefix("https://"), credentials) as channel:
                found = method(channel, "ModelInfer")(request("FP64", numpy.array([0.5]), False), timeout=SECONDS_MAX)
                assert list(found.outputs[0].contents.fp64_contents) == [0.5]
        # Without the option only the system's authorities are believed, and this one is none of theirs.
        with started_gateway(gatehouse, tmp_path, "--routes", routes) as gateway:
            heard = len(echo.heard)
            refused = gateway.score()
            assert refused.status == 503 and "(tls)" in refused.text
            assert len(echo.heard) == heard


def test_httpx_speaks_http2_without_tls_too(plain: tuple[EchoServer, str]) -> None:
    with httpx.Client(http1=False, http2=True, base_url=f"http://{plain[1]}", timeout=SECONDS_MAX) as client:
        answer = client.post("/endpoints/credit/invocations", json={"a": 1}, headers={"x-request-id": "order-1"})
        assert (answer.http_version, answer.json()) == ("HTTP/2", {"predictions": [7.0]})
        assert answer.headers["x-gatehouse-request-id"] == "order-1"


def test_wrong_files_are_told_at_the_start(run: Callable, tmp_path: Path) -> None:
    served, other = certificate(tmp_path, "gateway"), certificate(tmp_path, "other")
    routes = write_table(tmp_path, "https://localhost:1")
    start = ("gateway", "--routes", routes, "--data-dir", tmp_path / "data", "--listen", "127.0.0.1:0")
    assert run(*start, "--tls-key", served[1], check=False).returncode == 64
    for options, said in [
        (("--tls-certificate", served[0], "--tls-key", other[1]), "does not belong"),
        (("--tls-certificate", tmp_path / "none.pem", "--tls-key", other[1]), "no readable file"),
        (("--upstream-ca", routes), "holds no certificate"),
    ]:
        refused = run(*start, *options, check=False)
        assert refused.returncode != 0 and said in refused.stderr, refused.stderr
