"""Who joins the batch when, who makes way, and what happens when memory or the engine itself fails."""

import time
from collections.abc import Callable

import pytest

from inference.engine import errors
from inference.engine.engine import Engine
from inference.engine.handle import Handle
from inference.engine.lanes import Lanes
from inference.engine.scheduler import Scheduler
from inference.engine.types import Answer, Request
from tests.inference.scripted import Gate, Once, ScriptedModel, ScriptedRow, ask, occupy
from tests.waiting import eventually

Start = Callable[..., Engine]


@pytest.fixture
def wide() -> ScriptedModel:
    return ScriptedModel(most_rows=4)


class Harness:
    """A scheduler whose turns a test takes one by one."""

    def __init__(self, model: ScriptedModel) -> None:
        self.model = model
        self.lanes = Lanes({"interactive": 50, "batch": 50}, model.most_rows)
        self.scheduler = Scheduler(model, self.lanes)

    def submit(self, request: Request, *, waited_s: float = 0.0) -> Handle:
        handle = Handle(request, streaming=True, forget=self.lanes.discard)
        handle.submitted -= waited_s
        self.lanes.reserve(handle)
        handle.prepared = self.model.prepare(request)
        self.lanes.push(handle)
        return handle

    def turns(self, count: int) -> None:
        for _ in range(count):
            self.scheduler.turn()

    def finish(self) -> None:
        self.lanes.close()
        self.scheduler.run()


def test_answers_join_one_a_turn_and_grow_together(wide: ScriptedModel) -> None:
    harness = Harness(wide)
    handles = [harness.submit(ask(text)) for text in ("甲甲甲甲", "乙乙乙", "丙丙")]

    harness.turns(3)

    assert wide.batches == [["甲甲甲甲"], ["甲甲甲甲", "乙乙乙"], ["甲甲甲甲", "乙乙乙", "丙丙"]]
    harness.finish()
    assert [handle.result().text for handle in handles] == ["甲甲甲甲", "乙乙乙", "丙丙"]


def test_a_place_that_becomes_free_is_taken_at_once(wide: ScriptedModel) -> None:
    wide.most_rows = 2
    harness = Harness(wide)
    for text in ("长长长长长长", "短", "后后后"):
        harness.submit(ask(text))

    harness.finish()

    assert wide.prefilled == ["长长长长长长", "短", "后后后"]
    assert ["长长长长长长", "后后后"] in wide.batches


def test_a_batch_makes_way_for_a_person_and_loses_no_token(wide: ScriptedModel) -> None:
    harness = Harness(wide)
    batch = [harness.submit(ask(f"批{n}批批批批批批", priority="batch")) for n in range(4)]
    harness.turns(5)

    person = harness.submit(ask("人人"))
    harness.turns(1)

    assert wide.prefilled[-1] == "人人", "not one turn later"
    harness.finish()
    assert person.result().text == "人人"
    assert [handle.result().text for handle in batch] == [f"批{n}批批批批批批" for n in range(4)]
    assert len(wide.prefilled) == 6, "the youngest of the batch was read a second time"


def test_no_person_makes_way_for_anybody(wide: ScriptedModel) -> None:
    harness = Harness(wide)
    for n in range(4):
        harness.submit(ask(f"人{n}人人人人"))
    harness.turns(4)
    harness.submit(ask("后"))
    harness.submit(ask("批", priority="batch"))

    harness.finish()

    assert wide.prefilled == ["人0人人人人", "人1人人人人", "人2人人人人", "人3人人人人", "后", "批"]


def test_a_batch_that_has_waited_long_comes_before_people_and_stays(wide: ScriptedModel) -> None:
    wide.most_rows = 1
    harness = Harness(wide)
    for n in range(3):
        harness.submit(ask(f"人{n}"))
    harness.submit(ask("批批批", priority="batch"), waited_s=60)

    harness.turns(1)
    harness.submit(ask("又来"))
    harness.finish()

    assert wide.prefilled == ["批批批", "人0", "人1", "人2", "又来"]


def test_while_somebody_waits_for_words_batches_are_read_only_now_and_then(wide: ScriptedModel) -> None:
    harness = Harness(wide)
    slow = 0.02
    wide.before_token = lambda: time.sleep(slow)
    harness.submit(ask("人" * 40))
    for n in range(3):
        harness.submit(ask(f"批{n}", priority="batch"))

    harness.turns(3)

    # The first is read at once; reading the next has to wait until it is a small share of the time.
    assert wide.prefilled == ["人" * 40, "批0"]
    harness.finish()
    assert set(wide.prefilled[2:]) == {"批1", "批2"}


def test_several_answers_to_one_question_end_as_one_request(wide: ScriptedModel, start_engine: Start) -> None:
    engine = start_engine(wide)

    answers = engine.submit(ask("石桥", n=3)).results()

    assert [(answer.index, answer.text) for answer in answers] == [(0, "石桥"), (1, "石桥"), (2, "石桥")]
    assert wide.questions == ["石桥"]
    assert engine.submit(ask("塔")).result().text == "塔"


def test_giving_up_a_request_ends_all_its_answers(wide: ScriptedModel) -> None:
    harness = Harness(wide)
    handle = harness.submit(ask("很长很长很长", n=2))
    harness.turns(2)

    handle.cancel()
    harness.finish()

    assert {answer.finish_reason for answer in handle.results()} == {"cancelled"}


def test_one_answers_failure_in_a_step_is_its_own(wide: ScriptedModel) -> None:
    wide.script["坏坏坏"] = ["坏", RuntimeError("cuDNN says no")]
    harness = Harness(wide)
    good, bad, other = (harness.submit(ask(text)) for text in ("好好好好", "坏坏坏", "也好也好"))

    harness.finish()

    with pytest.raises(errors.GenerationFailed):
        bad.result()
    assert (good.result().text, other.result().text) == ("好好好好", "也好也好")


def test_memory_that_runs_out_in_a_step_makes_the_batch_smaller_and_ends_nobody(wide: ScriptedModel) -> None:
    wide.script["甲甲甲甲"] = ["甲", "甲", Once(MemoryError()), "甲", "甲"]
    harness = Harness(wide)
    handles = [harness.submit(ask(text)) for text in ("甲甲甲甲", "乙乙乙乙", "丙丙丙丙")]

    harness.finish()

    assert [handle.result().text for handle in handles] == ["甲甲甲甲", "乙乙乙乙", "丙丙丙丙"]
    assert wide.recoveries == 1
    assert harness.scheduler.figures().most_rows == 4
    assert harness.scheduler.figures().out_of_memory == 1


def test_memory_that_runs_out_twice_in_a_row_lowers_the_limit(
    wide: ScriptedModel, caplog: pytest.LogCaptureFixture
) -> None:
    wide.script["甲甲甲甲"] = ["甲", "甲", Once(MemoryError()), Once(MemoryError()), "甲", "甲"]
    harness = Harness(wide)
    handles = [harness.submit(ask("甲甲甲甲")), *(harness.submit(ask(text * 6)) for text in "乙丙丁")]

    harness.finish()

    assert [handle.result().text for handle in handles] == ["甲甲甲甲", "乙" * 6, "丙" * 6, "丁" * 6]
    assert harness.scheduler.figures().most_rows < 4
    assert "at most" in caplog.text


def test_a_prompt_without_memory_beside_others_is_read_again_when_they_are_done(wide: ScriptedModel) -> None:
    wide.script["大大"] = [Once(MemoryError()), "大", "大"]
    harness = Harness(wide)
    first = harness.submit(ask("先先先先"))
    harness.turns(1)
    large = harness.submit(ask("大大"))

    harness.finish()

    assert (first.result().text, large.result().text) == ("先先先先", "大大")


def test_a_prompt_that_never_fits_fails_alone(wide: ScriptedModel) -> None:
    wide.script["大大"] = [MemoryError()]
    harness = Harness(wide)
    others = [harness.submit(ask("先先先先"))]
    harness.turns(1)
    large = harness.submit(ask("大大"))
    others.append(harness.submit(ask("后后")))

    harness.finish()

    with pytest.raises(errors.OutOfMemory):
        large.result()
    assert [handle.result().text for handle in others] == ["先先先先", "后后"]


def test_after_a_crash_the_engine_comes_back_and_those_who_waited_know(gate: Gate) -> None:
    class Ends(BaseException):
        """Nothing that the engine could foresee."""

    def ends() -> None:
        gate()
        raise Ends

    models = iter([ScriptedModel(before_token=ends), ScriptedModel()])
    engine = Engine(lambda: next(models), first_pause_s=0.3)
    engine.start()
    engine.wait_ready(30)
    running, waiting = occupy(engine, gate), engine.submit(ask("候"))

    gate.open()

    with pytest.raises(errors.GenerationFailed):
        running.result()
    with pytest.raises(errors.NotReady) as refused:
        waiting.result()
    assert (refused.value.state, engine.figures().restarts) == ("loading", 1)
    engine.wait_ready(30)
    assert engine.submit(ask("又来")).result().text == "又来"
    assert engine.error is None, "it is well again"
    assert engine.stop(30)


def test_a_lost_device_is_told_to_whoever_can_start_a_new_process(wide: ScriptedModel) -> None:
    wide.script["坏"] = [RuntimeError("CUDA error: an illegal memory access was encountered")]
    told: list[str] = []
    engine = Engine(lambda: wide, first_pause_s=0.05)
    engine.on_device_failure = lambda: told.append("lost")
    engine.start()
    engine.wait_ready(30)

    with pytest.raises(errors.GenerationFailed):
        engine.submit(ask("坏")).result()

    eventually(lambda: told == ["lost"])
    assert engine.stop(30)


def test_an_engine_that_crashed_can_still_be_stopped(wide: ScriptedModel) -> None:
    wide.script["坏"] = [RuntimeError("CUDA error: unspecified launch failure")]
    engine = Engine(lambda: wide, first_pause_s=60)
    engine.start()
    engine.wait_ready(30)
    with pytest.raises(errors.GenerationFailed):
        engine.submit(ask("坏")).result()

    assert engine.stop(30)
    assert engine.state == "stopped"


def test_figures_add_up(wide: ScriptedModel, start_engine: Start) -> None:
    engine = start_engine(wide)
    answers = [engine.submit(ask(text)).result() for text in ("石桥", "宝塔塔")]

    figures = engine.figures()

    assert all(isinstance(answer, Answer) for answer in answers)
    assert (figures.prompt_tokens, figures.output_tokens, figures.running) == (14, 5, 0)


class Cramped(ScriptedModel):
    """Has no room, or runs out of memory when it makes some."""

    def __init__(self, *failures: Exception | None) -> None:
        super().__init__(most_rows=4)
        self.failures = list(failures)

    def admit(self, row: ScriptedRow) -> bool:
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        return super().admit(row)


def test_memory_that_runs_out_while_room_is_made_ends_nobody() -> None:
    harness = Harness(Cramped(None, None, MemoryError()))
    handles = [harness.submit(ask(text)) for text in ("甲甲甲甲", "乙乙乙乙", "大大")]

    harness.finish()

    assert [handle.result().text for handle in handles] == ["甲甲甲甲", "乙乙乙乙", "大大"]


def test_memory_that_runs_out_for_one_answer_alone_fails_that_one() -> None:
    harness = Harness(Cramped(None, MemoryError(), MemoryError()))
    first, large, last = (harness.submit(ask(text)) for text in ("甲甲甲甲", "大大", "乙乙"))

    harness.finish()

    with pytest.raises(errors.OutOfMemory):
        large.result()
    assert (first.result().text, last.result().text) == ("甲甲甲甲", "乙乙")


def test_an_answer_for_which_there_is_never_room_fails_instead_of_waiting() -> None:
    class Full(ScriptedModel):
        def admit(self, row: ScriptedRow) -> bool:
            return False

    harness = Harness(Full())
    handle = harness.submit(ask("大"))

    harness.finish()

    with pytest.raises(errors.OutOfMemory):
        handle.result()
