"""The door to the model: what callers in this process get, and how the service says how it is."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import translation
from pytest_django.fixtures import Settings

from inference import conf, service
from inference.engine.engine import Engine
from inference.engine.errors import Busy, CheckpointError, NotReady
from inference.engine.images import open_image
from inference.service import Service
from inference.types import Answer, Delta, ImagePart
from tests.inference.scripted import Gate, ScriptedModel, ask, picture


@pytest.fixture
def scripted_service(model: ScriptedModel) -> Iterator[Service]:
    scripted = Service(Engine(lambda: model, queue_limit=1), model_name="scripted")
    yield scripted
    scripted.stop(30)


@pytest.fixture
def own_process_service() -> Iterator[None]:
    """Let a test have the process's service made anew, and put the old one back."""
    before = service.use_service(None)
    yield
    made = service.use_service(before)
    if made is not None:
        made.stop(30)


def started(scripted_service: Service) -> Service:
    scripted_service.start()
    scripted_service.wait_ready(30)
    return scripted_service


def test_a_service_goes_from_stopped_to_ready_and_back(scripted_service: Service) -> None:
    assert (scripted_service.state, scripted_service.model_version) == ("stopped", "")

    started(scripted_service)
    assert (scripted_service.state, scripted_service.model_version) == ("ready", "scripted@0")

    assert scripted_service.drain(30)
    assert (scripted_service.state, scripted_service.reason) == ("stopped", "")


def test_describing_waits_for_the_whole_answer(scripted_service: Service) -> None:
    assert started(scripted_service).describe(ask("石桥", picture=picture())).text == "石桥"


def test_streaming_gives_deltas_and_the_answer_last(scripted_service: Service) -> None:
    *deltas, answer = started(scripted_service).stream(ask("石桥"))

    assert deltas == [Delta("石", ""), Delta("桥", "")]
    assert isinstance(answer, Answer)
    assert answer.text == "石桥"


def test_a_stream_is_refused_before_the_first_event(scripted_service: Service) -> None:
    with pytest.raises(NotReady):
        scripted_service.stream(ask("早"))


def test_closing_a_stream_gives_the_request_up(model: ScriptedModel, scripted_service: Service) -> None:
    gate = Gate()
    model.before_token = gate
    events = started(scripted_service).stream(ask("一座很长的石桥"))
    gate.let_through(1)
    assert next(events) == Delta("一", "")

    events.close()
    gate.let_through(1)

    model.before_token = None
    assert scripted_service.describe(ask("下")).text == "下"


def test_a_stream_that_nobody_reads_is_given_up(model: ScriptedModel, scripted_service: Service) -> None:
    gate = Gate()
    model.before_token = gate
    started(scripted_service)
    running = scripted_service.stream(ask("占"))
    assert gate.reached.wait(30)
    forgotten = scripted_service.stream(ask("忘"))
    with pytest.raises(Busy):
        scripted_service.stream(ask("多"))

    del forgotten

    assert scripted_service.waiting == 0
    gate.open()
    assert isinstance(list(running)[-1], Answer)
    assert model.questions == ["占"]


def test_a_failed_load_is_told_in_words() -> None:
    def load() -> ScriptedModel:
        raise CheckpointError("checkpoint_missing", path="/models/glm")

    broken = Service(Engine(load), model_name="glm")
    broken.start()
    with pytest.raises(CheckpointError):
        broken.wait_ready(30)

    assert broken.state == "stopped"
    with translation.override("zh-hans"):
        assert broken.reason.startswith("找不到模型")
        # Anybody may read it; where things are on this machine stays in the log.
        assert "/models/glm" not in broken.reason


def test_the_process_has_one_service_and_loads_nothing_by_asking_for_it(own_process_service: None) -> None:
    assert service.get_service() is service.get_service()
    assert service.get_service().state == "stopped"


def test_the_service_is_made_from_the_settings(own_process_service: None, settings: Settings) -> None:
    settings.GLMV_MODEL = "zai-org/GLM-4.6V-Flash"

    made = service.get_service()

    assert made.model_name == "GLM-4.6V-Flash"


def test_a_local_folder_is_called_by_its_name(settings: Settings, tiny_checkpoint: Path) -> None:
    settings.GLMV_MODEL = f"{tiny_checkpoint}/"
    made = service.build(conf.current())
    try:
        made.start()
        made.wait_ready(120)
        answer = made.describe(ask("什么？", picture=picture(), max_new_tokens=3))
    finally:
        made.stop(30)

    assert made.model_name == "tiny-glm4v"
    assert answer.model_version.startswith("tiny-glm4v@")
    assert answer.output_tokens <= 3


def test_callers_in_several_threads_get_the_answers_they_would_get_alone(
    settings: Settings, tiny_checkpoint: Path
) -> None:
    settings.GLMV_MODEL = str(tiny_checkpoint)
    requests = [ask(f"第{n}张？", picture=picture(100 + 30 * n, 90), max_new_tokens=8) for n in range(4)]
    made = service.build(conf.current())
    try:
        made.start()
        made.wait_ready(120)
        alone = [made.describe(request).text for request in requests]
        with ThreadPoolExecutor(4) as callers:
            together = [answer.text for answer in callers.map(made.describe, requests * 3)]
    finally:
        made.stop(30)

    assert together == alone * 3
    assert len(set(alone)) > 1


def test_the_demo_model_is_a_checkpoint_like_any_other(settings: Settings) -> None:
    settings.GLMV_DEVICE = "cpu"
    made = service.build(conf.current())
    try:
        made.start()
        made.wait_ready(120)
        answer = made.describe(ask("这是什么？", picture=picture(1000, 700), max_new_tokens=4))
    finally:
        made.stop(30)

    assert made.model_name == "demo"
    assert answer.model_version.startswith("demo@")
    assert answer.input_tokens > 36


def test_the_warm_up_asks_about_a_real_picture() -> None:
    [message] = service.warm_up_request().messages

    [drawn] = [part for part in message.parts if isinstance(part, ImagePart)]
    assert open_image(drawn.source).size == (1024, 768)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GLMV_QUANTIZE", "int3"),
        ("GLMV_BACKEND", "elsewhere"),
        ("GLMV_MAX_NEW_TOKENS", 0),
        ("GLMV_QUEUE_LIMIT", -1),
        ("GLMV_MAX_BATCH", 0),
        ("GLMV_SHRINK_OVER", -1),
        ("GLMV_SHRINK_TO", 0),
    ],
)
def test_settings_that_cannot_be_meant_are_refused_by_name(settings: Settings, name: str, value: object) -> None:
    setattr(settings, name, value)

    with pytest.raises(ImproperlyConfigured, match=name):
        conf.current()


def test_shrinking_that_is_turned_off_needs_no_size(settings: Settings) -> None:
    settings.GLMV_SHRINK_OVER = 0
    settings.GLMV_SHRINK_TO = 0

    assert conf.current().shrink_over == 0


def test_the_check_command_tells_about_bad_settings(settings: Settings) -> None:
    from inference.checks import check_settings

    assert check_settings(None) == []
    settings.GLMV_QUANTIZE = "int3"
    [problem] = check_settings(None)
    assert problem.id == "inference.E001"


def test_the_door_can_be_imported_without_torch() -> None:
    code = (
        "import sys, inference.service, inference.engine.engine, inference.engine.images\n"
        "print([name for name in ('torch', 'transformers', 'numpy', 'tokenizers') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_engine_needs_no_django() -> None:
    code = (
        "import sys, inference.engine.generation, inference.engine.engine\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'django'])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
