"""A transparency log in files, written and read from its specifications (RFC 6962; C2SP signed-note, tlog-checkpoint,
tlog-tiles, tlog-cosignature) and from nothing of Gatehouse's."""

import base64
import hashlib
import struct
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

WIDTH = 256


def leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\0" + entry).digest()


def root(hashes: list[bytes]) -> bytes:
    if not hashes:
        return hashlib.sha256(b"").digest()
    while len(hashes) > 1:
        # An odd one out goes up as it is: the same tree as RFC 6962's, whose left side is a power of two.
        pairs = [hashlib.sha256(b"\1" + a + b).digest() for a, b in zip(hashes[::2], hashes[1::2], strict=False)]
        hashes = pairs + hashes[len(pairs) * 2 :]
    return hashes[0]


def path(kind: str | int, index: int, width: int = WIDTH) -> str:
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    return f"tile/{kind}/{'/'.join(groups)}" + ("" if width == WIDTH else f".p/{width}")


def key_id(name: str, kind: int, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


class TileLog:
    """The log as it is with these entries, signed by a key that follows from the origin."""

    def __init__(self, entries: list[bytes], origin: str = "log.example.org/audit"):
        self.entries = entries
        self.origin = origin
        self.key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(origin.encode()).digest())
        self.public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def vkey(self) -> str:
        encoded = base64.b64encode(b"\x01" + self.public).decode()
        return f"{self.origin}+{key_id(self.origin, 1, self.public).hex()}+{encoded}"

    @property
    def checkpoint(self) -> str:
        head = base64.b64encode(root([leaf(entry) for entry in self.entries])).decode()
        text = f"{self.origin}\n{len(self.entries)}\n{head}\n"
        signature = key_id(self.origin, 1, self.public) + self.key.sign(text.encode())
        return f"{text}\n— {self.origin} {base64.b64encode(signature).decode()}\n"

    def files(self) -> dict[str, bytes]:
        files = {"checkpoint": self.checkpoint.encode()}
        for start in range(0, len(self.entries), WIDTH):
            part = self.entries[start : start + WIDTH]
            files[path("entries", start // WIDTH, len(part))] = b"".join(struct.pack(">H", len(e)) + e for e in part)
        level, hashes = 0, [leaf(entry) for entry in self.entries]
        while hashes:
            for start in range(0, len(hashes), WIDTH):
                part = hashes[start : start + WIDTH]
                files[path(level, start // WIDTH, len(part))] = b"".join(part)
            hashes = [root(hashes[at : at + WIDTH]) for at in range(0, len(hashes) - WIDTH + 1, WIDTH)]
            level += 1
        return files

    def write(self, folder: Path) -> Path:
        for name, content in self.files().items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return folder


def read_checkpoint(text: str) -> tuple[str, int, bytes, dict[str, bytes]]:
    """Origin, size, root, and the signature bytes behind the key id by the name of their key."""
    body, signatures = text.split("\n\n", 1)
    origin, size, head = body.split("\n")[:3]
    lines = {line.split(" ")[1]: base64.b64decode(line.split(" ")[2])[4:] for line in signatures.splitlines()}
    return origin, int(size), base64.b64decode(head), lines


def is_signed(text: str, vkey: str) -> bool:
    """Whether a note has this key's signature: of a log, or a cosignature of a witness."""
    name, _, encoded = vkey.split("+", 2)
    kind, public = base64.b64decode(encoded)[0], base64.b64decode(encoded)[1:]
    message = (text.split("\n\n", 1)[0] + "\n").encode()
    signature = read_checkpoint(text)[3].get(name)
    if signature is None:
        return False
    if kind == 4:
        message = b"cosignature/v1\ntime %d\n" % struct.unpack(">Q", signature[:8]) + message
        signature = signature[8:]
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def read_entries(folder: Path) -> list[bytes]:
    """All entries below the folder's checkpoint, whose root they must come to."""
    _, size, head, _ = read_checkpoint((folder / "checkpoint").read_text())
    entries = []
    for start in range(0, size, WIDTH):
        count = min(WIDTH, size - start)
        bundle = (folder / path("entries", start // WIDTH, count)).read_bytes()
        for _ in range(count):
            length = struct.unpack(">H", bundle[:2])[0]
            entries.append(bundle[2 : 2 + length])
            bundle = bundle[2 + length :]
        assert not bundle
    assert root([leaf(entry) for entry in entries]) == head
    return entries
