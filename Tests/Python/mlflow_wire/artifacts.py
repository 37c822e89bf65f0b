"""Artifacts through the server: up, listed, down, ranges, and paths that lead out."""

from mlflow_wire.steps import ARTIFACTS, Step, delete, get, post, put

FILES = ARTIFACTS + "artifacts/"


def listing(path: str | None = None) -> Step:
    return get(ARTIFACTS + "artifacts", {} if path is None else {"path": path})


def upload(path: str, content: bytes, **headers: str) -> Step:
    return put(FILES + path, content, **headers)


UPLOADED = [
    post("experiments/create", name="files").keeping(files="experiment_id"),
    post("runs/create", experiment_id="<files>", run_name="up", start_time=1).keeping(up="run.info.run_id"),
    listing("<files>/<up>/artifacts"),
    upload("<files>/<up>/artifacts/a.txt", b"0123456789", Content_Type="text/plain"),
    upload("<files>/<up>/artifacts/dir/b.bin", bytes(range(256)), Content_Type="application/octet-stream"),
    upload("<files>/<up>/artifacts/dir/deep/c.json", b'{"a": 1}', Content_Type="application/json"),
    upload("<files>/<up>/artifacts/page.html", b"<script>alert(1)</script>", Content_Type="text/html"),
    upload("<files>/<up>/artifacts/picture.png", b"\x89PNG", Content_Type="image/png"),
    upload("<files>/<up>/artifacts/MLmodel", b"flavors: {}\n"),
    upload("<files>/<up>/artifacts/empty", b""),
    upload("<files>/<up>/artifacts/with%20space.txt", b"x"),
    upload("<files>/<up>/artifacts/%C3%BC.txt", b"x"),
    upload("<files>/<up>/artifacts/a.txt", b"abcdefghij"),
]

LISTED = [
    listing("<files>/<up>/artifacts"),
    listing("<files>/<up>/artifacts/"),
    listing("<files>/<up>/artifacts/dir"),
    listing("<files>/<up>/artifacts/dir/deep"),
    listing("<files>/<up>/artifacts/a.txt"),
    listing("<files>/<up>/artifacts/nothing"),
    listing("<files>/nothing/at/all"),
    get("artifacts/list", run_id="<up>"),
    get("artifacts/list", run_id="<up>", path="dir"),
    get("artifacts/list", run_id="<up>", path="dir/deep"),
    get("artifacts/list", run_id="<up>", path="a.txt"),
    get("artifacts/list", run_id="<up>", path="nothing"),
    get("artifacts/list", run_uuid="<up>"),
    get("artifacts/list").words(),
    get("artifacts/list", run_id="0" * 32).words(),
]

DOWNLOADED = [
    *[
        get(f"{FILES}<files>/<up>/artifacts/{path}")
        for path in [
            "a.txt",
            "dir/b.bin",
            "dir/deep/c.json",
            "page.html",
            "picture.png",
            "MLmodel",
            "empty",
            "with%20space.txt",
        ]
    ],
    get(f"{FILES}<files>/<up>/artifacts/nothing.txt").words(),
    get(f"{FILES}<files>/<up>/artifacts/dir").named("the content of a folder"),
    get(f"{FILES}<files>/<up>/artifacts/a.txt").sending(Range="bytes=2-4"),
    get(f"{FILES}<files>/<up>/artifacts/a.txt").sending(Range="bytes=7-"),
    get(f"{FILES}<files>/<up>/artifacts/a.txt").sending(Range="bytes=-3"),
    get(f"{FILES}<files>/<up>/artifacts/a.txt").sending(Range="bytes=50-60"),
    get(f"{FILES}<files>/<up>/artifacts/a.txt").sending(Range="nonsense").named("a range that is none"),
    get("/get-artifact", run_id="<up>", path="a.txt"),
    get("/get-artifact", run_uuid="<up>", path="a.txt"),
    get("/get-artifact", run_id="<up>", path="nothing"),
    get("/get-artifact", run_id="<up>", path="../a.txt"),
]

# Each is tried as an upload, a download and a deletion. None exists: a server that lets one through does no harm.
LEADING_OUT = [
    "../x.txt",
    "<files>/../../x.txt",
    "%2e%2e/x.txt",
    "%252e%252e/x.txt",
    "<files>/%2e%2e%2fx.txt",
    "/nowhere/x.txt",
    "%2Fnowhere%2Fx.txt",
    "a%5C..%5Cb",
    "C%3A/x.txt",
    "a%23b.txt",
]

REFUSED = [
    *[get(FILES + path).named("downloading " + path) for path in LEADING_OUT],
    *[upload(path, b"x").named("uploading to " + path) for path in LEADING_OUT],
    *[delete(FILES + path).named("deleting " + path) for path in LEADING_OUT],
    *[listing(path) for path in ["..", "../x", "/nowhere", "a/../../b", "%2e%2e", "a#b", "C:/x"]],
    *[get("artifacts/list", run_id="<up>", path=path) for path in ["..", "../..", "/nowhere", "%2e%2e/x"]],
]

DELETED = [
    delete(f"{FILES}<files>/<up>/artifacts/dir/deep/c.json"),
    listing("<files>/<up>/artifacts/dir"),
    delete(f"{FILES}<files>/<up>/artifacts/dir"),
    delete(f"{FILES}<files>/<up>/artifacts/nothing").named("deleting what is not there"),
    listing("<files>/<up>/artifacts"),
]

PARTS = [
    post(ARTIFACTS + "mpu/create/<files>/<up>/artifacts", path="big.bin", num_parts=2).named("a multipart upload"),
    post(ARTIFACTS + "mpu/create/../x", path="big.bin", num_parts=1).named("a multipart upload that leads out"),
    get(ARTIFACTS + "presigned/<files>/<up>/artifacts/a.txt").named("a presigned address"),
    post("artifacts/presigned-upload-url", run_id="<up>", path="a.txt").named("a presigned address to upload to"),
    post("artifacts/presigned-download-url", run_id="<up>", path="a.txt").named("a presigned address of a run"),
]

STEPS = [*UPLOADED, *LISTED, *DOWNLOADED, *REFUSED, *DELETED, *PARTS]
