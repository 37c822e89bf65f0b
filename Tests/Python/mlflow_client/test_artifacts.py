"""Artifacts of runs: up, listed, down again byte by byte."""

import os
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts, list_artifacts, load_dict, load_text
from mlflow.exceptions import MlflowException

# Not a multiple of any block, and more than one part of the multipart flow.
LARGE_BYTES = 6_300_001


def listed(client: MlflowClient, run_id: str, path: str | None = None) -> list[tuple]:
    return [(item.path, item.is_dir, item.file_size) for item in client.list_artifacts(run_id, path)]


def test_files_and_folders(client: MlflowClient, run_id: str, tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "b.bin").write_bytes(bytes(range(256)))
    (tmp_path / "deep" / "a.txt").write_text("ü\n")
    client.log_artifacts(run_id, str(tmp_path / "deep"), "top")
    client.log_artifact(run_id, str(tmp_path / "deep" / "a.txt"))
    client.log_text(run_id, "", "top/empty.txt")
    assert listed(client, run_id) == [("a.txt", False, 3), ("top", True, None)]
    # A file of nothing has a size of 0, which the wire leaves out.
    assert [(path, is_dir) for path, is_dir, _ in listed(client, run_id, "top")] == [
        ("top/a.txt", False),
        ("top/empty.txt", False),
        ("top/er", True),
    ]
    assert listed(client, run_id, "top/er") == [("top/er/b.bin", False, 256)]
    assert listed(client, run_id, "absent") == listed(client, run_id, "a.txt") == []
    got = Path(client.download_artifacts(run_id, "top", str(tmp_path)))
    assert (got / "er" / "b.bin").read_bytes() == bytes(range(256))
    assert (got / "a.txt").read_text() == "ü\n" and (got / "empty.txt").read_bytes() == b""


def test_the_shorthands(client: MlflowClient, experiment: str) -> None:
    with mlflow.start_run() as run:
        mlflow.log_text("text", "notes/a.txt")
        mlflow.log_dict({"a": [1, 2.5, None]}, "b.json")
        mlflow.log_table({"x": [1, 2], "y": ["p", "q"]}, "table.json")
        root = mlflow.get_artifact_uri()
    assert load_text(f"{root}/notes/a.txt") == "text"
    assert load_dict(f"runs:/{run.info.run_id}/b.json") == {"a": [1, 2.5, None]}
    table = mlflow.load_table("table.json", run_ids=[run.info.run_id])
    assert list(table["y"]) == ["p", "q"]
    assert [item.path for item in list_artifacts(run_id=run.info.run_id)] == ["b.json", "notes", "table.json"]


@pytest.mark.parametrize("name", ["with space.txt", "ünï ✓.txt", "a+b&c=d.txt", "100%.txt", "semi;x,y.txt"])
def test_odd_file_names(client: MlflowClient, run_id: str, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(name)
    client.log_artifact(run_id, str(tmp_path / name), "dir")
    assert [item.path for item in client.list_artifacts(run_id, "dir")] == [f"dir/{name}"]
    assert Path(client.download_artifacts(run_id, f"dir/{name}")).read_text() == name


def test_the_last_upload_of_a_path_counts(client: MlflowClient, run_id: str) -> None:
    client.log_text(run_id, "first, and longer", "a.txt")
    client.log_text(run_id, "second", "a.txt")
    assert listed(client, run_id) == [("a.txt", False, 6)]
    assert Path(client.download_artifacts(run_id, "a.txt")).read_text() == "second"


def test_a_missing_file(client: MlflowClient, run_id: str, tmp_path: Path) -> None:
    client.log_text(run_id, "x", "there.txt")
    with pytest.raises((MlflowException, OSError), match="absent.txt"):
        client.download_artifacts(run_id, "absent.txt", str(tmp_path))


@pytest.mark.parametrize("multipart", ["false", "true"])
def test_a_large_file(
    client: MlflowClient, run_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, multipart: str
) -> None:
    """With multipart uploads on, the server either takes the parts or says 501 and gets the file in one piece."""
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", multipart)
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", "1")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(5 * 1024 * 1024))
    content = os.urandom(LARGE_BYTES)
    (tmp_path / "large.bin").write_bytes(content)
    client.log_artifact(run_id, str(tmp_path / "large.bin"), "data")
    assert listed(client, run_id, "data") == [("data/large.bin", False, LARGE_BYTES)]
    got = client.download_artifacts(run_id, "data/large.bin", str(tmp_path))
    assert Path(got).read_bytes() == content


def test_deleting_artifacts(client: MlflowClient, run_id: str) -> None:
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    client.log_text(run_id, "x", "a/b.txt")
    client.log_text(run_id, "y", "c.txt")
    repository = get_artifact_repository(client.get_run(run_id).info.artifact_uri)
    repository.delete_artifacts("a")
    assert listed(client, run_id) == [("c.txt", False, 1)]
    repository.delete_artifacts("c.txt")
    assert listed(client, run_id) == []


def test_downloading_by_address(client: MlflowClient, run_id: str, tmp_path: Path) -> None:
    client.log_text(run_id, "x", "a/b.txt")
    uri = client.get_run(run_id).info.artifact_uri
    assert Path(download_artifacts(f"{uri}/a/b.txt", dst_path=str(tmp_path / "1"))).read_text() == "x"
    assert Path(download_artifacts(run_id=run_id, artifact_path="a", dst_path=str(tmp_path / "2"))).is_dir()
    assert Path(download_artifacts(f"runs:/{run_id}/a/b.txt", dst_path=str(tmp_path / "3"))).read_text() == "x"
