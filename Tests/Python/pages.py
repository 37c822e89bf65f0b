"""The addresses of all pages, for tests, screenshots and measurements. A new screen is one line here."""

import json
import urllib.parse
import urllib.request

# Pages that anybody may see.
OPEN_PAGES = ["/sign-in"]
# Pages of a server on which the demo was played; identifiers that only that server knows stand in braces, see `known`.
PAGES = ["/", "/models"]
PAGES += ["/audit", "/audit/33", "/policies", "/policies/credit-risk", "/policies/credit-risk/diff"]
PAGES += ["/settings", "/settings/users", "/settings/tokens", "/settings/webhooks", "/settings/password", "/settings/server", "/settings/keys"]
PAGES += ["/experiments", "/experiments/0", "/search", "/search?q=credit-risk"]
PAGES += [
    "/models/credit-risk",
    "/models/credit-risk/2",
    "/models/credit-risk/compare?a=1&b=3",
    "/promotions",
    "/promotions/{blocked}",
    "/promotions/{blocked}/checks/fairness",
    "/promotions/{blocked}/checks/data_drift",
    "/promotions/{approved}",
    "/promotions/{approved}/checks/accuracy",
    "/promotions/{approved}/checks/latency",
    "/reviews",
    "/reviews/{review}",
    "/reviews/{rejected}",
]
PAGES += ["/traffic", "/traffic/credit", "/traffic/credit/shadow", "/slot-experiments", "/playground"]
PAGES += ["/slot-experiments/{compared}"]
PAGES += ["/rollouts", "/rollouts/{promoted_rollout}", "/rollouts/{lost_rollout}"]


def known(url: str, token: str) -> dict[str, str]:
    """What stands for the braces: asked from the server's API."""

    def ask(path: str) -> dict:
        request = urllib.request.Request(f"{url}/api/gatehouse/v1/{path}", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    found: dict[str, str] = {}
    reviews = ask("reviews?model=credit-risk")["items"]
    found["review"] = next(review["id"] for review in reviews if review["state"] == "approved")
    found["rejected"] = next(review["id"] for review in reviews if review["state"] == "rejected")
    found["approved"] = next(review["promotion_id"] for review in reviews if review["id"] == found["review"])
    entries = ask("audit?model=credit-risk&version=2&action=promotion.requested")["items"]
    found["blocked"] = entries[0]["facts"]["promotion"]
    rollouts = ask("rollouts")["items"]
    found["promoted_rollout"] = next(one["id"] for one in rollouts if one["phase"] == "promoted")
    found["lost_rollout"] = next(one["id"] for one in rollouts if one["phase"] == "rolled_back")
    found["compared"] = ask("experiments?model=credit-risk")["items"][0]["id"]
    return found


def addresses(url: str, token: str) -> list[str]:
    """All of them, with nothing left to fill in."""
    found = {name: urllib.parse.quote(value, safe="") for name, value in known(url, token).items()}
    return [path.format(**found) for path in PAGES]
