"""What is said about where a text comes from."""

import pytest
from django.test import RequestFactory
from django.utils import translation
from pytest_django.fixtures import Settings

from inference.context_processors import model_notice
from inference.labels import Source, ai_label, aigc_object, demo_notice


@pytest.mark.parametrize(
    ("source", "reviewed", "label"),
    [
        ("model", False, "AI 生成"),
        ("model", True, "AI 生成 · 人工审核"),
        ("person", False, ""),
        ("person", True, ""),
        ("import", False, ""),
        ("import", True, ""),
    ],
)
def test_only_text_of_a_model_is_labelled(source: Source, reviewed: bool, label: str) -> None:
    with translation.override("zh-hans"):
        assert ai_label(source=source, reviewed=reviewed) == label


@pytest.mark.parametrize(
    ("source", "reviewed", "label"),
    [("model", True, "AI 生成 · 抽样审核（第 12 号）"), ("model", False, "AI 生成"), ("person", True, "")],
)
def test_what_an_audit_approved_carries_its_number(source: Source, reviewed: bool, label: str) -> None:
    with translation.override("zh-hans"):
        assert ai_label(source=source, reviewed=reviewed, audit=12) == label


@pytest.mark.parametrize(
    ("name", "code", "producer"),
    [
        ("", "", ""),
        ("云溪县档案馆", "", "云溪县档案馆"),
        ("云溪县档案馆", "001191", "001191"),
        ("", "001191", "001191"),
    ],
)
def test_a_machine_reads_who_generated_a_text_and_who_passed_it_on(
    settings: Settings, name: str, code: str, producer: str
) -> None:
    settings.GLMV_AIGC_PRODUCER, settings.GLMV_AIGC_CODE = name, code

    said = aigc_object(produced="image-7-3", propagated="export-1")

    assert list(said) == [
        "Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2",
    ]  # fmt: skip
    assert (said["Label"], said["ProduceID"], said["PropagateID"]) == ("1", "image-7-3", "export-1")
    assert said["ContentProducer"] == said["ContentPropagator"] == producer


def test_the_demo_model_says_what_it_is_in_one_line(settings: Settings) -> None:
    settings.GLMV_MODEL = "demo"

    with translation.override("zh-hans"):
        notice = demo_notice()

    assert notice is not None
    assert "演示模型" in notice
    assert "zai-org/GLM-4.6V-Flash" in notice
    assert "\n" not in notice


def test_any_other_model_says_nothing(settings: Settings) -> None:
    settings.GLMV_MODEL = "zai-org/GLM-4.6V-Flash"

    assert demo_notice() is None


def test_every_page_gets_the_notice(rf: RequestFactory) -> None:
    assert model_notice(rf.get("/")) == {"model_notice": demo_notice()}
