"""What holds for every request: types, spellings, bodies, prefixes, routes."""

from mlflow_wire.steps import API, Step, delete, get, post

CREATE = API + "registered-models/create"
JSON = {"Content_Type": "application/json"}


def raw(method: str, path: str, body: bytes, **headers: str) -> Step:
    whole = path if path.startswith("/") else API + path
    return Step(method, whole, body=body).sending(**(headers or JSON))


STEPS = [
    # Bodies
    raw("POST", CREATE, b"").words(),
    raw("POST", CREATE, b"{}").words(),
    raw("POST", CREATE, b"{").words(),
    raw("POST", CREATE, b"null").words(),
    raw("POST", CREATE, b"[]").named("a list as body"),
    raw("POST", CREATE, b"5").named("a number as body"),
    raw("POST", CREATE, b'"{\\"name\\": \\"twice encoded\\"}"'),
    raw("POST", CREATE, b'"no json"').named("text as body"),
    raw("POST", CREATE, b'{"name": "\xff"}').named("a body that is no UTF-8"),
    raw("POST", CREATE, b'{"name": "a", "name": "last key wins"}').named("a key twice in one object"),
    delete("registered-models/delete", name="last key wins").tidying(),
    raw("POST", CREATE, '{"name": "bom"}'.encode("utf-8-sig")).named("a byte order mark"),
    raw("POST", CREATE, b'{"name": "escaped \\u00fc \\ud83d\\ude00"}'),
    raw("POST", CREATE, b'{"name": "lone \\ud83d"}').named("half a surrogate pair"),
    raw("POST", CREATE, b'{"name": "nul \\u0000"}').named("a NUL in a name"),
    delete("registered-models/delete", name="nul \0").tidying(),
    raw("POST", CREATE, b'  \n{"name": "white space"}\n  '),
    raw("POST", CREATE, b'{"name": "unknown field", "nothing": {"deep": [1]}}'),
    raw("POST", CREATE, b'{"name": "charset"}', Content_Type="application/json; charset=utf-8"),
    raw("POST", CREATE, b'{"name": "plain"}', Content_Type="text/plain").words(),
    raw("POST", CREATE, b'{"name": "form"}', Content_Type="application/x-www-form-urlencoded").words(),
    raw("POST", CREATE, b'{"name": "none"}', Accept="*/*").words(),
    raw("POST", CREATE, b'{"name": "Upper"}', Content_Type="Application/JSON").named("a content type in capitals"),
    delete("registered-models/delete", name="Upper").tidying(),
    raw("POST", "/ajax-api/2.0/mlflow/registered-models/create", b'{"name": "browser"}'),
    # A GET with a body
    raw("GET", "registered-models/get", b'{"name": "browser"}'),
    raw("GET", "registered-models/get", b'{"name": "nobody"}').words(),
    raw("GET", "registered-models/search", b'{"filter": "name = \'browser\'", "maxResults": 5}'),
    raw("GET", "registered-models/get?name=browser", b'{"name": "nobody"}'),
    raw("GET", "registered-models/get", b'{"name": "browser"}', Content_Type="text/plain").named("a GET with text"),
    # Spellings
    get("registered-models/get", Name="browser"),
    get("experiments/get", experimentId="0").named("camel case in a query"),
    post("experiments/search", {"maxResults": 1, "max_results": 2}).named("one field spelled both ways"),
    post("experiments/search", {"maxResults": 1, "order_by": ["experiment_id"]}),
    post("experiments/search", max_results=1, order_by=["experiment_id ASC"], view_type="active_only").named(
        "a view in small letters"
    ),
    # Types
    post("runs/create", experiment_id="0", start_time=1.0).named("a whole number with a fraction"),
    post("runs/create", experiment_id="0", start_time=1.5).named("a fraction as a whole number"),
    post("runs/create", experiment_id="0", start_time="1e3").named("an exponent as a whole number"),
    post("runs/create", experiment_id="0", start_time=2**63).named("a number over 64 bits"),
    post("runs/create", experiment_id="0", start_time=-(2**63)).named("the smallest number"),
    post("runs/create", experiment_id="0", start_time=True).named("a truth value as a number"),
    post("runs/create", experiment_id="0", start_time=None).named("null as a number"),
    post("runs/create", experiment_id="0", tags=[{"key": "k", "value": 5}]).named("a number in a tag"),
    post("runs/create", experiment_id="0", tags=[5]).named("a number as a tag"),
    post("runs/create", experiment_id="0", tags=[None]).named("null as a tag"),
    post("runs/create", experiment_id="0", tags={}).named("an object as tags"),
    post("runs/create", experiment_id="0", user_id=5).named("a number without a validator"),
    get("registered-models/search", max_results="1e2").named("an exponent in a query"),
    get("registered-models/search", {"max_results": ["1", "2"]}).named("a parameter twice"),
    delete("registered-models/delete?name=browser"),
    # Routes
    get("/health"),
    get("nothing"),
    post("registered-models/get", name="browser").named("POST of a route for GET"),
    get("registered-models/create").named("GET of a route for POST"),
    delete("experiments/get").named("DELETE of a route for GET"),
    get("/api/2.0/nothing"),
    get("/api/3.0/mlflow/nothing"),
    Step("HEAD", "/health").named("HEAD of health"),
    Step("OPTIONS", API + "registered-models/get").named("OPTIONS"),
    # Browsers of other places
    post("registered-models/create", name="foreign").sending(Origin="https://evil.example").named("a foreign origin"),
    post("registered-models/create", name="local").sending(Origin="http://localhost:1"),
    get("registered-models/get", name="browser").sending(Origin="https://evil.example").named("reading from elsewhere"),
]
