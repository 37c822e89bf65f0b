"""Fills a registry with models and versions, straight into the database of a server that was started once and stopped:
MLflow would take minutes for ten thousand versions through its API, and both get the same rows this way."""

import sqlite3
import time

STAGES = ("None", "Staging", "Production", "Archived")


def rows(models, versions):
    """(model, number, stage, run, [(key, value)…]) of every version; every model has the alias champion."""
    for model in range(models):
        for number in range(1, versions + 1):
            tags = [("team", ("risk", "fraud")[number % 2]), ("pipeline", f"credit-features@{number % 10}")]
            yield f"model-{model}", number, STAGES[number % 4], f"{model * versions + number:032x}", tags


def source(run):
    return f"s3://models/{run}/artifacts/model"


def fill_gatehouse(database, models, versions):
    now = int(time.time() * 1000)
    with sqlite3.connect(database) as db:
        db.executemany(
            "INSERT INTO registered_model (name, description, created_by, created_at, updated_at, last_version)"
            " VALUES (?, '', 'user:anybody', ?, ?, ?)",
            ((f"model-{model}", now, now, versions) for model in range(models)),
        )
        db.executemany(
            "INSERT INTO model_version (model, number, stage, source, run_id, description, created_by, created_at,"
            " updated_at, request_digest) VALUES (?, ?, ?, ?, ?, '', 'user:anybody', ?, ?, '')",
            (
                (model, number, stage, source(run), run, now + index, now + index)
                for index, (model, number, stage, run, _) in enumerate(rows(models, versions))
            ),
        )
        db.executemany(
            "INSERT INTO version_tag (model, version, key, value) VALUES (?, ?, ?, ?)",
            (
                (model, number, key, value)
                for model, number, _, _, tags in rows(models, versions)
                for key, value in tags
            ),
        )
        db.executemany(
            "INSERT INTO model_alias (model, alias, version) VALUES (?, 'champion', ?)",
            ((f"model-{model}", (versions + 1) // 2) for model in range(models)),
        )
    db.close()


def fill_mlflow(database, models, versions):
    now = int(time.time() * 1000)
    with sqlite3.connect(database) as db:
        db.executemany(
            "INSERT INTO registered_models (name, creation_time, last_updated_time, description) VALUES (?, ?, ?, '')",
            ((f"model-{model}", now, now) for model in range(models)),
        )
        db.executemany(
            "INSERT INTO model_versions (name, version, creation_time, last_updated_time, description, current_stage,"
            " source, run_id, status, storage_location) VALUES (?, ?, ?, ?, '', ?, ?, ?, 'READY', ?)",
            (
                (model, number, now + index, now + index, stage, source(run), run, source(run))
                for index, (model, number, stage, run, _) in enumerate(rows(models, versions))
            ),
        )
        db.executemany(
            "INSERT INTO model_version_tags (name, version, key, value) VALUES (?, ?, ?, ?)",
            (
                (model, number, key, value)
                for model, number, _, _, tags in rows(models, versions)
                for key, value in tags
            ),
        )
        db.executemany(
            "INSERT INTO registered_model_aliases (name, alias, version) VALUES (?, 'champion', ?)",
            ((f"model-{model}", (versions + 1) // 2) for model in range(models)),
        )
    db.close()
