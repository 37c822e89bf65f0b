"""A small OpenID provider that is strict about what it is sent and lax about what it signs: `python openid_provider.py PORT`.

It insists on PKCE, the client's secret, the redirect address and one use per code, as a careful provider does; on request it
changes its key, or signs whatever claims a test wants. Everybody is let in as the user that `POST /be` named.
"""

import base64
import hashlib
import json
import secrets
import sys
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

CLIENT = ("gatehouse", "a secret:with/odd+signs")


class Provider:
    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.user: dict = {"sub": "s-ada", "preferred_username": "ada", "groups": []}
        self.codes: dict[str, dict] = {}
        self.key_reads = 0
        self.number = 0
        self.rotate()

    def rotate(self) -> None:
        self.number += 1
        self.keys = {
            "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
            "ES256": ec.generate_private_key(ec.SECP256R1()),
        }

    def jwks(self) -> dict:
        self.key_reads += 1
        public = {
            "RS256": json.loads(RSAAlgorithm.to_jwk(self.keys["RS256"].public_key())),
            "ES256": json.loads(ECAlgorithm.to_jwk(self.keys["ES256"].public_key())),
        }
        keys = [{**key, "use": "sig", "alg": name, "kid": f"{name}-{self.number}"} for name, key in public.items()]
        # What real providers publish beside: a key for encryption, and kinds nobody here knows.
        encryption = {**public["RS256"], "use": "enc", "alg": "RSA-OAEP-256", "kid": "enc"}
        return {"keys": [encryption, {"kty": "future", "kid": "x"}, *keys]}

    def sign(self, claims: dict, algorithm: str = "RS256", headers: dict | None = None) -> str:
        name = {"kid": f"{algorithm}-{self.number}", **(headers or {})}
        return jwt.encode(claims, self.keys[algorithm], algorithm=algorithm, headers=name)

    def claims(self, **more: object) -> dict:
        now = int(time.time())
        return {"iss": self.issuer, "aud": CLIENT[0], "iat": now, "exp": now + 600, **self.user, **more}

    def authorize(self, query: dict[str, str]) -> str:
        assert query["response_type"] == "code" and query["client_id"] == CLIENT[0], query
        assert query["code_challenge_method"] == "S256" and "openid" in query["scope"].split(), query
        code = secrets.token_urlsafe()
        self.codes[code] = query
        back = urllib.parse.urlencode({"code": code, "state": query["state"]})
        return f"{query['redirect_uri']}?{back}"

    def exchange(self, form: dict[str, str], authorization: str) -> dict | None:
        begun = self.codes.pop(form.get("code", ""), None)
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode().split(":")
        if begun is None or tuple(map(urllib.parse.unquote, pair)) != CLIENT:
            return None
        verifier = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if challenge != begun["code_challenge"] or form["redirect_uri"] != begun["redirect_uri"]:
            return None
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": self.sign(self.claims(nonce=begun["nonce"]))}


class Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        issuer = self.provider.issuer
        match address.path:
            case "/.well-known/openid-configuration":
                doors = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
                self.answer({"issuer": issuer, **{name: f"{issuer}/{path}" for name, path in doors.items()}})
            case "/jwks":
                self.answer(self.provider.jwks())
            case "/reads":
                self.answer({"reads": self.provider.key_reads})
            case "/authorize":
                self.send_response(302)
                self.send_header("Location", self.provider.authorize(query))
                self.end_headers()
            case _:
                self.answer({"error": "not_found"}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        match self.path:
            case "/token":
                form = dict(urllib.parse.parse_qsl(body))
                given = self.provider.exchange(form, self.headers.get("Authorization", ""))
                self.answer(given or {"error": "invalid_grant"}, 200 if given else 400)
            case "/be":
                self.provider.user = json.loads(body)
                self.answer({})
            case "/rotate":
                self.provider.rotate()
                self.answer({})
            case "/sign":
                wish = json.loads(body)
                claims = {k: v for k, v in self.provider.claims(**wish.pop("claims", {})).items() if v is not None}
                self.answer({"token": self.provider.sign(claims, **wish)})

    def answer(self, content: dict, status: int = 200) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


if __name__ == "__main__":
    port = int(sys.argv[1])
    Handler.provider = Provider(f"http://127.0.0.1:{port}")
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
