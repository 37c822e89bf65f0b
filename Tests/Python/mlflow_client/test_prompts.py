"""Prompts live in the model registry, and stay out of the lists of models."""

from types import ModuleType

import mlflow
import pytest
from mlflow import MlflowClient


@pytest.fixture
def prompts() -> ModuleType:
    return mlflow if mlflow.__version__.startswith("2.") else mlflow.genai


def test_register_and_load(prompts: ModuleType, name: str) -> None:
    first = prompts.register_prompt(name, "Say {{what}}.", commit_message="first")
    second = prompts.register_prompt(name, "Please say {{what}}.")
    assert (int(first.version), int(second.version)) == (1, 2)
    assert prompts.load_prompt(f"prompts:/{name}/1").format(what="hello") == "Say hello."
    assert prompts.load_prompt(name, version=2).template == "Please say {{what}}."


def test_aliases(prompts: ModuleType, name: str) -> None:
    prompts.register_prompt(name, "one")
    prompts.register_prompt(name, "two")
    prompts.set_prompt_alias(name, "production", 1)
    assert prompts.load_prompt(f"prompts:/{name}@production").template == "one"
    prompts.set_prompt_alias(name, "production", 2)
    assert prompts.load_prompt(f"prompts:/{name}@production").template == "two"
    prompts.delete_prompt_alias(name, "production")
    with pytest.raises(mlflow.MlflowException, match="production"):
        prompts.load_prompt(f"prompts:/{name}@production")


def test_a_prompt_is_no_model(client: MlflowClient, prompts: ModuleType, name: str) -> None:
    prompts.register_prompt(name, "text")
    assert client.search_registered_models(f"name = '{name}'") == []
    asked = f"name = '{name}' AND tags.`mlflow.prompt.is_prompt` = 'true'"
    if not mlflow.__version__.startswith("2."):
        assert [prompt.name for prompt in prompts.search_prompts(f"name = '{name}'")] == [name]
    else:
        assert [model.name for model in client.search_registered_models(asked)] == [name]


def test_a_model_is_no_prompt(client: MlflowClient, prompts: ModuleType, model: str) -> None:
    with pytest.raises(mlflow.MlflowException, match="(?i)prompt|model"):
        prompts.register_prompt(model, "text")


@pytest.mark.since_3("tags of prompts")
def test_tags(client: MlflowClient, name: str) -> None:
    mlflow.genai.register_prompt(name, "text", tags={"a": "b"})
    mlflow.genai.set_prompt_version_tag(name, 1, "k", "v")
    got = mlflow.genai.load_prompt(name, version=1)
    assert got.tags["a"] == "b" and got.tags["k"] == "v"
    assert [prompt.name for prompt in mlflow.genai.search_prompts(f"name LIKE '{name[:-1]}%'")] == [name]
