"""The Grafana dashboard and the manual name nothing that /metrics does not have; the dashboard fits anywhere."""

import json
import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from inference.engine.engine import Engine
from inference.service import Service, use_service
from tests.inference.scripted import ScriptedModel, ask

DASHBOARD = json.loads((settings.BASE_DIR / "docs" / "grafana" / "glmv.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
# Words of PromQL, and what stands in braces, brackets and after "by".
_NO_METRIC = re.compile(r'\{[^}]*\}|\[[^\]]*\]|"[^"]*"|\bby\s*\([^)]*\)')
_WORDS = {
    "sum", "max", "min", "rate", "increase", "histogram_quantile", "or", "and", "vector", "changes", "max_over_time",
    "time",
}  # fmt: skip
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


@pytest.fixture
def known(client: Client, model: ScriptedModel, db: None) -> set[str]:
    """Return the names of all numbers in /metrics once something was asked."""
    service = Service(Engine(lambda: model), model_name="scripted")
    before = use_service(service)
    service.start()
    service.wait_ready(30)
    service.describe(ask("石桥"))
    client.get("/v1/models")
    text = client.get("/metrics").text
    use_service(before)
    service.stop(30)
    # Names without a number, as those of a GPU's memory, are declared all the same.
    declared = re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE)
    return {*declared, *re.findall(r"^([a-zA-Z_:][\w:]*)", text, re.MULTILINE)}


def expressions() -> list[str]:
    return [target["expr"] for panel in PANELS for target in panel["targets"]]


def metrics_in(expression: str) -> set[str]:
    names = _NAME.findall(_NO_METRIC.sub(" ", expression))
    return {name for name in names if name not in _WORDS}


def manual() -> str:
    return (settings.BASE_DIR / "docs" / "zh" / "operations.md").read_text(encoding="utf-8")


def alerts() -> dict[str, str]:
    return dict(re.findall(r"- alert: (\S+)\n +expr: (.+)\n", manual()))


def asked_of_any_job(expression: str, job: str) -> set[str]:
    """Return the metrics that other programs' numbers would be taken for."""
    begun = re.escape(f'{{job="{job}"')
    return {name for name in metrics_in(expression) if re.search(rf"\b{name}\b(?!{begun})", expression)}


def test_every_metric_that_a_panel_asks_for_is_there(known: set[str]) -> None:
    asked = {name for expression in expressions() for name in metrics_in(expression)}

    assert len(asked) > 20
    assert asked <= known


def test_the_alerts_in_the_manual_ask_for_what_is_there(known: set[str]) -> None:
    asked = {name for alert in alerts().values() for name in metrics_in(alert)} - {"up"}

    assert len(alerts()) > 5
    assert asked <= known


def test_no_other_programs_numbers_are_shown() -> None:
    assert [expression for expression in expressions() if asked_of_any_job(expression, "$job")] == []


def test_no_other_programs_numbers_raise_an_alert() -> None:
    (job,) = re.findall(r"- job_name: (\S+)", manual())

    assert {name: asked for name, rule in alerts().items() if (asked := asked_of_any_job(rule, job))} == {}


def test_a_site_that_is_killed_again_and_again_raises_an_alert() -> None:
    # The engine's own count begins anew with each process.
    assert alerts()["网站进程反复重启"] == 'changes(process_start_time_seconds{job="glmv"}[1h]) > 2'


def test_a_key_over_its_rate_is_no_full_queue() -> None:
    _, _, queue = alerts()["排队太满"].partition(" and ")

    assert metrics_in(queue) == {"vllm:num_requests_waiting"}
    assert queue.endswith(f">= {settings.GLMV_QUEUE_LIMIT}")


def test_the_table_in_the_manual_names_what_is_there(known: set[str]) -> None:
    (table,) = re.findall(r"^### 有哪些指标\n(.*?)^##", manual(), re.MULTILINE | re.DOTALL)
    cells = re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)
    named = {name for cell in cells for name in re.findall(r"`([a-z_:]+_[a-z_:]+)(?:\{[a-z_,]+\})?`", cell)}

    assert len(named) > 20
    assert named <= known


def test_the_variables_ask_for_what_is_there(known: set[str]) -> None:
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            assert set(re.findall(r"label_values\((\w+)[{,]", variable["definition"])) <= known


def test_it_shows_what_was_promised() -> None:
    everything = " ".join(expressions())

    promised = (
        "vision_requests_total", "time_to_first_token_seconds_bucket", "llm_token_per_second", "num_requests_waiting",
        "num_requests_running", "glmv_batch_size", "kv_cache_usage_perc", "gpu_memory_used_bytes",
        "mm_cache_hits_total", "glmv_annotations", "glmv_out_of_memory_total",
    )  # fmt: skip
    assert [name for name in promised if name not in everything] == []
    assert "histogram_quantile(0.5," in everything
    assert "histogram_quantile(0.95," in everything


def test_it_belongs_to_no_particular_grafana() -> None:
    sources = [part["datasource"] for panel in PANELS for part in (panel, *panel["targets"])]

    assert DASHBOARD["id"] is None
    assert {source["uid"] for source in sources} == {"${datasource}"}
    assert DASHBOARD["templating"]["list"][0]["type"] == "datasource"


def test_panels_have_numbers_of_their_own_and_do_not_overlap() -> None:
    panels: list[dict[str, Any]] = DASHBOARD["panels"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells

    assert len({panel["id"] for panel in panels}) == len(panels)
