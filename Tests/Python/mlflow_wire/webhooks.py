"""Webhooks and prompts, which share the registry."""

from mlflow_wire.steps import Step, delete, get, patch, post

CREATED = {"entity": "REGISTERED_MODEL", "action": "CREATED"}
# Of the block for documentation: nobody answers there. Plain http and such an address are settings of either server.
URL = "https://example.com/hook"


def hook(**fields: object) -> Step:
    return post("webhooks", {"name": "hook", "url": URL, "events": [CREATED], **fields})


ACTIONS = {
    "REGISTERED_MODEL": "CREATED",
    "MODEL_VERSION": "CREATED",
    "MODEL_VERSION_TAG": "SET DELETED",
    "MODEL_VERSION_ALIAS": "CREATED DELETED",
    "PROMPT": "CREATED",
    "PROMPT_VERSION": "CREATED",
    "PROMPT_TAG": "SET DELETED",
    "PROMPT_VERSION_TAG": "SET DELETED",
    "PROMPT_ALIAS": "CREATED DELETED",
}
EVERYTHING = [{"entity": entity, "action": action} for entity, actions in ACTIONS.items() for action in actions.split()]

HOOKS = [
    get("webhooks"),
    hook().keeping(hook="webhook.webhook_id"),
    hook(name="all", description="why", secret="s3cret", status="DISABLED", events=EVERYTHING).keeping(
        all_events="webhook.webhook_id"
    ),
    get("webhooks/<hook>"),
    get("webhooks/<all_events>"),
    get("webhooks", max_results=1).keeping(page="next_page_token"),
    get("webhooks", max_results=1, page_token="<page>"),
    get("webhooks", max_results=0),
    get("webhooks", max_results=1001),
    get("webhooks", max_results="x"),
    get("webhooks", page_token="garbage!").named("a page of hooks of garbage"),
    hook(name="hook"),
    *[hook(name=name) for name in ["", " ", "a b", "-a", "a-", "a_b.c-d", "x" * 63, "x" * 64, "ü", "a/b"]],
    hook(name=5),
    *[
        hook(url=url)
        for url in ["", "nonsense", "ftp://example.com/x", "file:///etc/passwd", "https://", "//example.com"]
    ],
    hook(events=[]).words(),
    hook(events="all"),
    hook(events=[{"entity": "REGISTERED_MODEL", "action": "DELETED"}]),
    hook(events=[{"entity": "REGISTERED_MODEL"}]),
    hook(events=[{"entity": "NOBODY", "action": "CREATED"}]),
    hook(events=[CREATED, CREATED]).named("an event twice"),
    hook(status="BOGUS"),
    post("webhooks", name="x", url=URL).words(),
    post("webhooks", name="x", events=[CREATED]).words(),
    post("webhooks", url=URL, events=[CREATED]).words(),
    patch("webhooks/<hook>", description="other"),
    patch("webhooks/<hook>", status="DISABLED", url="https://example.com/other"),
    patch("webhooks/<hook>", events=[{"entity": "MODEL_VERSION", "action": "CREATED"}], name="renamed"),
    patch("webhooks/<hook>", description=""),
    patch("webhooks/<hook>"),
    patch("webhooks/<hook>", url="nonsense"),
    patch("webhooks/<hook>", name="a b"),
    patch("webhooks/<hook>", events=[{"entity": "REGISTERED_MODEL", "action": "SET"}]),
    get("webhooks/<hook>"),
    *[
        step
        for identifier in ["00000000-0000-4000-8000-000000000000", "x"]
        for step in [
            get(f"webhooks/{identifier}"),
            patch(f"webhooks/{identifier}", description="x"),
            delete(f"webhooks/{identifier}"),
            post(f"webhooks/{identifier}/test"),
        ]
    ],
    delete("webhooks/<hook>"),
    get("webhooks/<hook>").words(),
    delete("webhooks/<hook>"),
]


def prompt(name: str, text: str) -> Step:
    tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}, {"key": "mlflow.prompt.text", "value": text}]
    return post("model-versions/create", name=name, source="dummy-source", tags=tags)


PROMPTS = [
    post("registered-models/create", name="greeting", tags=[{"key": "mlflow.prompt.is_prompt", "value": "true"}]),
    prompt("greeting", "Say {{what}}."),
    prompt("greeting", "Please say {{what}}."),
    get("registered-models/get", name="greeting"),
    get("model-versions/get", name="greeting", version="1"),
    post("registered-models/alias", name="greeting", alias="production", version="1"),
    get("registered-models/alias", name="greeting", alias="production"),
    get("registered-models/search", filter="name = 'greeting'"),
    get("registered-models/search", filter="name LIKE 'greet%'", order_by=["name"]),
    get("registered-models/search", filter="tags.`mlflow.prompt.is_prompt` = 'true'", order_by=["name"]),
    get("registered-models/search", filter="tag.`mlflow.prompt.is_prompt` = 'true' AND name = 'greeting'"),
    get("registered-models/search", filter="name = 'greeting' AND tags.`mlflow.prompt.is_prompt` != 'true'"),
    get("model-versions/search", filter="name = 'greeting'"),
    get("model-versions/search", filter="name = 'greeting' AND tags.`mlflow.prompt.is_prompt` = 'true'"),
    get("model-versions/get-download-uri", name="greeting", version="1"),
    post("registered-models/create", name="no prompt"),
    prompt("no prompt", "text").named("a prompt in a model"),
    post("model-versions/create", name="greeting", source="s3://bucket/x").named("a model in a prompt"),
    post("model-versions/create", name="no prompt", source="models:/greeting/1").named("a copy of a prompt as a model"),
    post("model-versions/set-tag", name="greeting", version="1", key="k", value="v"),
    delete("model-versions/delete-tag", name="greeting", version="1", key="k"),
    post("registered-models/set-tag", name="greeting", key="k", value="v"),
    delete("registered-models/delete-tag", name="greeting", key="k"),
    delete("registered-models/alias", name="greeting", alias="production"),
    delete("model-versions/delete", name="greeting", version="2"),
    delete("registered-models/delete", name="greeting"),
]

STEPS = [*HOOKS, *PROMPTS]
