"""What the server signs is verified by others: OpenSSF's model-signing package, and the in-toto envelope by hand."""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Client, started_server
from one_split import one_split

verifying = pytest.importorskip("model_signing.verifying", reason="model-signing is not installed")
from cryptography.exceptions import InvalidSignature  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402
from model_signing import hashing  # noqa: E402

ANSWER_IS_NO = 2
CARD = """---
license: mit
library_name: lightgbm
---
# Credit

## Known limitations
- Few small businesses.
- No data before 2023.
"""


@dataclass(frozen=True)
class Signed:
    client: Client
    folder: Path
    signature: Path
    key: Path


@pytest.fixture(scope="module")
def signed(gatehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signed]:
    """A model in Production, its signature and the server's public key."""
    place = tmp_path_factory.mktemp("signing")
    folder = place / "model"
    for path, text in {
        "MLmodel": "flavors:\n  lightgbm: {data: model.lgb}\n  python_function: {data: model.lgb, loader_module: mlflow.lightgbm}\n",
        "model.lgb": one_split({"a": "[0:1]", "b": "[0:1]"}, 0.5, 1.0),
        "README.md": CARD,
        # Sorted by their parts these two change places.
        "a.txt": "beside",
        "a/b": "below",
        "ü/weights.bin": "x" * 5000,
        "empty": "",
        # What verifiers pass over.
        ".gitattributes": "* text\n",
    }.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    with started_server(gatehouse, place / "data", "--default-policy", "warn") as server:
        client = Client(gatehouse, server)
        client("version", "create", "credit", "--model", folder)
        client("version", "signature", "credit", 1, code=1)
        client("version", "stage", "credit", 1, "production", "--reason", "first")
        signature, key = place / "model.sig", place / "key.pem"
        client("version", "signature", "credit", 1, "-o", signature)
        key.write_text(client("attestation", "key").stdout)
        yield Signed(client, folder, signature, key)


@pytest.fixture
def copy(signed: Signed, tmp_path: Path) -> Path:
    return shutil.copytree(signed.folder, tmp_path / "copy")


def theirs(signed: Signed, folder: Path) -> None:
    """Raises when the package from PyPI does not accept the folder."""
    config = verifying.Config().use_elliptic_key_verifier(public_key=signed.key)
    config.set_hashing_config(hashing.Config().set_ignored_paths(paths=[], ignore_git_paths=True))
    config.verify(folder, signed.signature)


def ours(signed: Signed, folder: Path, code: int = 0) -> dict:
    arguments = ["version", "verify-signature", folder, "--signature", signed.signature, "--key", signed.key]
    return signed.client.json(*arguments, code=code)


def test_the_package_from_pypi_accepts_our_signature_on_the_command_line(signed: Signed) -> None:
    command = [sys.executable, "-m", "model_signing", "verify", "key", signed.folder, "--signature", signed.signature]
    accepted = subprocess.run([*command, "--public_key", signed.key], capture_output=True, text=True, timeout=60)
    assert accepted.returncode == 0, accepted.stderr
    assert "Verification succeeded" in accepted.stdout


def test_both_verifiers_accept_the_folder_also_with_the_signature_in_it(signed: Signed, copy: Path) -> None:
    theirs(signed, copy)
    assert ours(signed, copy)["verified"] is True
    shutil.copy(signed.signature, copy / "model.sig")
    theirs(signed, copy)
    assert ours(signed, copy)["verified"] is True


def test_the_root_digest_is_the_one_the_package_computes(signed: Signed) -> None:
    config = hashing.Config().use_file_serialization().set_ignored_paths(paths=[], ignore_git_paths=True)
    root = hashlib.sha256()
    for descriptor in config.hash(signed.folder).resource_descriptors():
        root.update(descriptor.digest.digest_value)
    answer = signed.client.json("version", "signature", "credit", 1)
    assert answer["verification"]["digest"] == f"sha256:{root.hexdigest()}"
    assert answer["verification"]["signature"]["publicKeyRef"] == signed.key.read_text()
    assert answer["key_id"] == hashlib.sha256(signed.key.read_bytes()).hexdigest()


def flip(folder: Path) -> str:
    file = folder / "ü" / "weights.bin"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    return "ü/weights.bin"


def add(folder: Path) -> str:
    (folder / "a" / "c").write_text("new")
    return "a/c"


def remove(folder: Path) -> str:
    (folder / "empty").unlink()
    return "empty"


def rename(folder: Path) -> str:
    # The order of the digests, and so the root, stays: only the names tell.
    (folder / "empty").rename(folder / "emptz")
    return "emptz"


def swap(folder: Path) -> str:
    one, other = folder / "a.txt", folder / "a" / "b"
    text = one.read_text()
    one.write_text(other.read_text())
    other.write_text(text)
    return "a.txt"


@pytest.mark.parametrize("change", [flip, add, remove, rename, swap])
def test_every_change_of_the_folder_is_found_by_both_and_named(
    signed: Signed, copy: Path, change: Callable[[Path], str]
) -> None:
    name = change(copy)
    with pytest.raises(ValueError):
        theirs(signed, copy)
    answer = ours(signed, copy, code=ANSWER_IS_NO)
    assert answer["verified"] is False
    assert any(f"'{name}'" in problem for problem in answer["problems"]), answer


def test_a_link_is_no_signed_file(signed: Signed, copy: Path) -> None:
    (copy / "empty").unlink()
    (copy / "empty").symlink_to("/dev/null")
    assert "empty" in ours(signed, copy, code=ANSWER_IS_NO)["problems"][0]


def test_another_key_and_a_changed_signature_are_refused(signed: Signed, copy: Path, tmp_path: Path) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1()).public_key()
    other = tmp_path / "other.pem"
    pem = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    other.write_bytes(stranger.public_bytes(*pem))
    assert ours(Signed(signed.client, copy, signed.signature, other), copy, code=ANSWER_IS_NO)["problems"]

    bundle = json.loads(signed.signature.read_text())
    payload = base64.b64decode(bundle["dsseEnvelope"]["payload"])
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(payload.replace(b'"emp', b'"EMP')).decode()
    changed = tmp_path / "changed.sig"
    changed.write_text(json.dumps(bundle))
    forged = Signed(signed.client, copy, changed, signed.key)
    assert ours(forged, copy, code=ANSWER_IS_NO)["verified"] is False
    with pytest.raises((ValueError, InvalidSignature)):
        theirs(forged, copy)
    # What is no signature at all is bad input, not a "no".
    changed.write_text("{}")
    signed.client("version", "verify-signature", copy, "--signature", changed, "--key", signed.key, code=1)


def test_statements_verify_with_openssl_alone(signed: Signed, tmp_path: Path) -> None:
    """The envelope by hand: base64, the encoding before signing, ECDSA over SHA-256."""
    lines = tmp_path / "statements.jsonl"
    listed = signed.client.json("version", "attestations", "credit", 1, "-o", lines)["items"]
    assert {item["name"] for item in listed} == {"promotion", "model.sig"}
    key = serialization.load_pem_public_key(signed.key.read_bytes())
    envelopes = [json.loads(line) for line in lines.read_text().splitlines()]
    assert len(envelopes) == 1
    for envelope in envelopes:
        payload = base64.b64decode(envelope["payload"])
        kind = envelope["payloadType"]
        message = f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload
        key.verify(base64.b64decode(envelope["signatures"][0]["sig"]), message, ec.ECDSA(hashes.SHA256()))
        statement = json.loads(payload)
        assert statement["_type"] == "https://in-toto.io/Statement/v1"
        artifact = signed.client.json("version", "show", "credit", 1)["artifact_digest"]
        assert f"sha256:{statement['subject'][0]['digest']['sha256']}" == artifact
        assert statement["predicate"]["to"] == "Production"

    verified = signed.client.json("attestation", "verify", lines, "--key", signed.key)["items"]
    assert [item["verified"] for item in verified] == [True]
    forged = dict(envelopes[0], payload=base64.b64encode(payload.replace(b"Production", b"Staging")).decode())
    lines.write_text(json.dumps(forged))
    signed.client("attestation", "verify", lines, "--key", signed.key, code=ANSWER_IS_NO)
    # One key cannot be two of two.
    signed.client("attestation", "verify", lines, "--key", signed.key, "--key", signed.key, "--threshold", 2, code=1)


def test_a_document_is_served_under_the_digest_of_its_bytes(signed: Signed) -> None:
    for item in signed.client.json("version", "attestations", "credit", 1)["items"]:
        status, document = signed.client.call("GET", f"attestations/{item['digest']}")
        assert status == 200
        canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        assert f"sha256:{hashlib.sha256(canonical).hexdigest()}" == item["digest"]
        assert len(canonical) == item["bytes"]


def test_the_private_key_is_its_owners_alone(signed: Signed) -> None:
    folder = signed.client.server.data_dir / "signing"
    assert (folder / "attestation.pem").stat().st_mode & 0o777 == 0o600
    assert (folder / "attestation.pub.pem").read_text() == signed.key.read_text()
    private = serialization.load_pem_private_key((folder / "attestation.pem").read_bytes(), None)
    assert isinstance(private.curve, ec.SECP256R1)


def test_the_card_names_the_limitations_and_claims_nothing_unmeasured(signed: Signed, tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    answer = signed.client.json("version", "card", "credit", 1)
    assert answer["source"] == "README.md"
    assert answer["known_limitations"] == ["Few small businesses.", "No data before 2023."]
    _, head, body = answer["text"].split("---\n", 2)
    matter = yaml.safe_load(head)
    assert matter["license"] == "mit"
    assert matter["model-index"] == [{"name": "credit", "results": []}]
    assert "nothing is claimed here" in body
    assert "- Few small businesses." in body
    card = signed.client.json("version", "card", "credit", 1, "--format", "mct")["document"]
    assert card["model_details"]["name"] == "credit"
    assert [item["description"] for item in card["considerations"]["limitations"]] == answer["known_limitations"]
    written = tmp_path / "card.md"
    signed.client("version", "card", "credit", 1, "-o", written)
    assert written.read_text() == answer["text"]
    signed.client("version", "card", "credit", 1, "--format", "pdf", code=1)
