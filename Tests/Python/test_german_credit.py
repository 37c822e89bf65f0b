"""Gatehouse's numbers on real people's data are those of scikit-learn, fairlearn and the training libraries."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from fairlearn.metrics import (
    demographic_parity_difference,
    demographic_parity_ratio,
    equalized_odds_difference,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from sklearn.metrics import roc_auc_score

from conftest import Client

FEATURES = ["duration", "amount", "installment_rate", "residence_since", "age", "existing_credits", "liable"]
GROUPS = ["age_group", "sex"]
THRESHOLD = 0.35
EXACT = 1e-9


@dataclass(frozen=True)
class Trained:
    """A model file, the rows it was not trained on, and what the library that trained it answers for them."""

    name: str
    model: Path
    data: Path
    rows: pd.DataFrame
    answers: np.ndarray

    @property
    def decisions(self) -> np.ndarray:
        return self.answers >= THRESHOLD


@pytest.fixture(scope="session", params=["xgboost-json", "xgboost-ubj", "lightgbm"])
def trained(request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("german")
    people = pd.read_csv(shared_data / "german-credit" / "german_credit.csv")
    training, held_out = people[people.row_id % 2 == 0], people[people.row_id % 2 == 1]
    data = folder / "holdout.csv"
    held_out.to_csv(data, index=False)
    if request.param == "lightgbm":
        model = folder / "model.txt"
        fitted = lightgbm.LGBMClassifier(n_estimators=40, num_leaves=15, random_state=1, n_jobs=1, verbose=-1)
        fitted.fit(training[FEATURES], training.label).booster_.save_model(model)
    else:
        model = folder / f"model.{request.param.removeprefix('xgboost-')}"
        fitted = xgboost.XGBClassifier(n_estimators=40, max_depth=4, random_state=1, n_jobs=1)
        fitted.fit(training[FEATURES], training.label).save_model(model)
    answers = fitted.predict_proba(held_out[FEATURES])[:, 1].astype(float)
    return Trained(request.param, model, data, held_out, answers)


def policy(name: str, min_impact_ratio: float) -> str:
    return f"""
model: {name}
evaluation: {{dataset: german-holdout, label: label, groups: [{", ".join(GROUPS)}], decision_threshold: {THRESHOLD}}}
gates:
  accuracy: {{min_absolute_auc: 0.5}}
  fairness: {{max_demographic_disparity: 1, min_impact_ratio: {min_impact_ratio}, min_group_size: 20}}
  latency: {{mode: sequential, requests: 100, latency_budget_p95_ms: 1000}}
"""


@pytest.fixture(scope="session")
def evaluated(trained: Trained, run: Callable) -> dict:
    """What `gatehouse evaluate` says without a server."""
    file = trained.model.parent / "policy.yaml"
    file.write_text(policy(trained.name, min_impact_ratio=0))
    options = ["--data", trained.data, "--label", "label", "--groups", ",".join(GROUPS), "--policy", file]
    return json.loads(run("evaluate", "--model", trained.model, *options, "--json").stdout)


def measured(answer: dict, check: str) -> dict[tuple[str, str | None], float]:
    return {(m["metric"], m["subject"]): m["value"] for m in answer["checks"][check]["measurements"]}


def test_predictions_are_the_librarys(trained: Trained, run: Callable) -> None:
    answer = json.loads(run("score", "--model", trained.model, "--input", trained.data, "--json").stdout)
    assert answer["predictions"] == pytest.approx(trained.answers.tolist(), abs=1e-6)


def test_accuracy_gate_measures_scikit_learns_auc(trained: Trained, evaluated: dict) -> None:
    expected = roc_auc_score(trained.rows.label, trained.answers)
    assert measured(evaluated, "accuracy")["auc_roc", None] == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize("grouping", GROUPS)
def test_fairness_gate_measures_every_group_as_fairlearn_does(trained: Trained, evaluated: dict, grouping: str) -> None:
    found = measured(evaluated, "fairness")
    overall = roc_auc_score(trained.rows.label, trained.answers)
    groups = trained.rows[grouping].unique()
    assert len(groups) == trained.rows[grouping].nunique() > 1
    for group in groups:
        these = (trained.rows[grouping] == group).to_numpy()
        labels, decisions = trained.rows.label[these], trained.decisions[these]
        auc = roc_auc_score(labels, trained.answers[these])
        expected = {
            "auc": auc,
            "auc_gap": abs(auc - overall),
            "selection_rate": selection_rate(labels, decisions),
            "true_positive_rate": true_positive_rate(labels, decisions),
            "false_positive_rate": false_positive_rate(labels, decisions),
        }
        for metric, value in expected.items():
            assert found[metric, f"{grouping}={group}"] == pytest.approx(value, abs=EXACT), (metric, group)


@pytest.mark.parametrize("grouping", GROUPS)
def test_fairness_gate_compares_groups_as_fairlearn_does(trained: Trained, evaluated: dict, grouping: str) -> None:
    found = measured(evaluated, "fairness")
    truth, decisions = trained.rows.label, trained.decisions
    sensitive = {"sensitive_features": trained.rows[grouping]}
    expected = {
        "impact_ratio": demographic_parity_ratio(truth, decisions, **sensitive),
        "demographic_parity_difference": demographic_parity_difference(truth, decisions, **sensitive),
        "equalized_odds_difference": equalized_odds_difference(truth, decisions, **sensitive),
    }
    for metric, value in expected.items():
        assert found[metric, grouping] == pytest.approx(value, abs=EXACT), metric


def test_a_server_measures_the_same_and_its_policy_decides(trained: Trained, evaluated: dict, client: Client) -> None:
    client("dataset", "add", "german-holdout", trained.data)
    lenient, strict = f"{trained.name}-lenient", f"{trained.name}-strict"
    for name, ratio in [(lenient, 0), (strict, 1)]:
        file = trained.model.parent / f"{name}.yaml"
        file.write_text(policy(name, min_impact_ratio=ratio))
        client("policy", "apply", file)
        client("version", "create", name, "--model", trained.model)

    promoted = client.json("promote", lenient, 1, "--to", "staging", "--wait")
    assert (promoted["approved"], promoted["promoted_to"]) == (True, "Staging")
    assert client.json("version", "show", lenient, 1)["stage"] == "Staging"
    for check in ["accuracy", "fairness"]:
        assert measured(promoted, check) == measured(evaluated, check)

    blocked = client.json("promote", strict, 1, "--to", "staging", "--wait", code=2)
    assert (blocked["approved"], blocked["promoted_to"]) == (False, None)
    assert blocked["reason"] == "Promotion blocked. Failed gates: fairness"
    assert client.json("version", "show", strict, 1)["stage"] == "None"
