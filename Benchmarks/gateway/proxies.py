"""What is measured: the gateway, nginx and haproxy, each in front of the same model servers, all with as many loops."""

import json
import os
import urllib.request
from pathlib import Path

import servers

LOOPS = int(os.environ.get("LOOPS", "1"))
KEPT_REQUESTS_MAX = 1_000_000_000
COLUMNS = [f"f{number}" for number in range(20)]
BODY_BYTES = 500


class Proxy(servers.Server):
    """A server whose processor time is read to the nanosecond: cells are short."""

    def cpu_seconds(self):
        nanoseconds = 0
        for pid in self.processes():
            for task in Path(f"/proc/{pid}/task").iterdir():
                try:
                    nanoseconds += int((task / "schedstat").read_text().split()[0])
                except OSError:
                    continue
        return nanoseconds / 1e9

    def own_megabytes(self):
        """Memory of its making alone: not the pages of its program, of which more are read in as more of it is used."""
        kilobytes = 0
        for pid in self.processes():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Anonymous:"):
                    kilobytes += int(line.split()[1])
        return kilobytes / 1024

    def page(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read().decode()


def body():
    """One row of twenty numbers, 500 bytes."""
    row = [round(0.0137 * (place + 1), 4) for place in range(len(COLUMNS))]
    text = json.dumps({"dataframe_split": {"columns": COLUMNS, "data": [row]}})
    return text + " " * (BODY_BYTES - len(text))


def upstream(program, folder):
    return made(Proxy("direct", folder, [program, "PORT"]))


def made(proxy):
    proxy.folder.mkdir(parents=True, exist_ok=True)
    return proxy


# Ours


def table(model, shadow, features):
    """A route table; `features` are the numbers of the cell: `split` and `shadow` in parts of 100,000, `live` and `log`: one in
    so many."""
    rules = {"unit": {"header": "x-customer"}, "access_log_every": features.get("log", 0)}
    if "live" in features:
        edges = [round(0.05 * edge, 2) for edge in range(1, 10)]
        rules["live_statistics"] = {
            "every": features["live"],
            "features": [{"name": name, "edges": edges} for name in COLUMNS],
        }
    segment = {"segment": "default", "champion": version(1, model)}
    if "split" in features:
        segment["split"] = {
            "id": "rollout-1",
            "kind": "rollout",
            "challenger": version(2, model),
            "buckets": features["split"],
            "algorithm": "gh1",
            "salt": "a-salt",
        }
    if "shadow" in features:
        # Never paused, so that every round does the same work.
        limits = {"waiting_max": 1000, "waiting_bytes_max": 64 << 20, "concurrency_max": 64, "body_bytes_max": 1 << 20}
        segment["shadow"] = {
            "version": version(3, shadow),
            "buckets": features["shadow"],
            "salt": "another-salt",
            "limits": limits | {"deadline_ms": 5000, "pause_above_p95_ratio": 0},
        }
    endpoint = {"name": "credit", "model": "credit-risk", "environment": "production", "rules": rules}
    return {"format": 1, "number": 1, "created_at_ms": 0, "endpoints": [endpoint | {"segments": [segment]}]}


def version(number, server):
    return {"version": number, "digest": f"sha256:{number}" + "0" * 63, "upstream": f"http://127.0.0.1:{server.port}"}


def gateway(program, folder, routes, environment=None):
    command = [program, "gateway", "--listen", "127.0.0.1:PORT", "--loops", LOOPS, "--routes", folder / "routes.json"]
    command += ["--data-dir", folder / "data", "--access-log", folder / "access.jsonl"]
    files = {"routes.json": json.dumps(routes)}
    return made(Proxy("gatehouse", folder, command, files=files, environment=environment or {}))


# Theirs


def nginx(folder, model, shadow=None, share=None):
    """Keep-alive on both sides, no logs; with `share`, a percentage as text, that many requests go to `shadow`, too."""
    split, copies, place = "", "", ""
    if shadow:
        split = f'split_clients "$request_id" $copied {{ {share} 1; * ""; }}' if share != "100%" else ""
        copies = "mirror /copy;"
        unless = 'if ($copied = "") { return 204; }' if split else ""
        place = f"location = /copy {{ internal; {unless} proxy_pass http://shadow$request_uri; {NGINX_KEPT} }}"
    text = f"""
        daemon off;
        worker_processes {LOOPS};
        pid {folder}/pid;
        error_log {folder}/error.log;
        events {{ worker_connections 8192; }}
        http {{
            access_log off;
            client_body_temp_path {folder}/bodies;
            proxy_temp_path {folder}/answers;
            fastcgi_temp_path {folder}/f;
            uwsgi_temp_path {folder}/u;
            scgi_temp_path {folder}/s;
            keepalive_requests {KEPT_REQUESTS_MAX};
            {split}
            upstream model {{ server 127.0.0.1:{model.port}; keepalive 512; keepalive_requests {KEPT_REQUESTS_MAX}; }}
            {
        f"upstream shadow {{ server 127.0.0.1:{shadow.port}; keepalive 512; keepalive_requests {KEPT_REQUESTS_MAX}; }}"
        if shadow
        else ""
    }
            server {{
                listen 127.0.0.1:PORT reuseport backlog=4096;
                location / {{ {copies} proxy_pass http://model; {NGINX_KEPT} }}
                {place}
            }}
        }}
    """
    return made(
        Proxy("nginx", folder, ["nginx", "-p", folder, "-c", folder / "nginx.conf"], files={"nginx.conf": text})
    )


NGINX_KEPT = 'proxy_http_version 1.1; proxy_set_header Connection "";'


def haproxy(folder, model):
    text = f"""
global
    nbthread {LOOPS}
    maxconn 8192
defaults
    mode http
    timeout connect 1s
    timeout client 75s
    timeout server 10s
    http-reuse always
frontend all
    bind 127.0.0.1:PORT backlog 4096
    default_backend model
backend model
    server model 127.0.0.1:{model.port}
"""
    return made(Proxy("haproxy", folder, ["haproxy", "-f", folder / "haproxy.cfg"], files={"haproxy.cfg": text}))
