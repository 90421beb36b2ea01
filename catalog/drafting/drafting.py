"""Drafting one image: the model is asked, what it says is parsed, and the drafts are written, all or nothing."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import transaction

from catalog.batches import leases, representatives
from catalog.batches.attempts import Outcome, settle_without_result, writing
from catalog.batches.selection import images_of
from catalog.drafting.answers import ParsedAnswer, parse_answer
from catalog.drafting.asking import Question, question, shorter
from catalog.drafting.describer import Describer
from catalog.drafting.facts import facts_about
from catalog.drafting.grounding import with_evidence
from catalog.drafting.objections import objections_to
from catalog.exceptions import AnswerRefused, ClaimLost, Unparseable
from catalog.faults import release_connection
from catalog.models import BatchItem, Image, PromptVersion, Run
from catalog.records.annotations import fields_to_draft, write_drafts
from catalog.texts import storable
from catalog.vocabulary import Flag, ItemState, Selection
from inference.engine.errors import Cancelled
from inference.types import Answer


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the model was asked and said about one image.

    `parsed` is None where nothing could be parsed; else it was parsed from `run`, one of `runs`. `fault` says why there
    is nothing.
    """

    runs: list[Run]
    run: Run | None = None
    parsed: ParsedAnswer | None = None
    fault: AnswerRefused | Unparseable | None = None

    def said_of(self, image: Image) -> ParsedAnswer:
        """Return what was said, with the evidence and the doubts that it has for this image as it is known now.

        Args:
            image: the image asked about, or one that looks like it.

        Raises:
            Unparseable: nothing could be parsed.
        """
        if self.parsed is None or self.run is None:
            raise Unparseable
        grounded = with_evidence(self.parsed, facts_about(image))
        if self.run.finish_reason == "length":
            # It is no use to say of an answer cut short that it is too long.
            doubts = {field: grounded.flags.get(field, Flag.NONE).is_doubtful for field in grounded.values}
            return replace(grounded, flags={field: Flag.TRUNCATED.with_doubt(doubt) for field, doubt in doubts.items()})
        return grounded


class Drafting:
    """Asks a model about images, and writes what it says as drafts."""

    def __init__(self, describer: Describer) -> None:
        """Prepare.

        Args:
            describer: who answers.
        """
        self._describer = describer

    @property
    def most_at_once(self) -> int:
        """How many requests the model answers at once."""
        return self._describer.most_rows

    def do(self, item: BatchItem, image: Image) -> Outcome:
        """Ask about one image and write what was said, unless nothing needs a draft any more."""
        wanted = fields_to_draft(image=image, fields=_version(item).fields, **representatives.rules_of(item.batch))
        if not wanted or _is_recent(item, image):
            return settle_without_result(item, image, ItemState.SKIPPED)
        return _write(item, image, _ask(item, image, self._describer, wanted))


def _ask(item: BatchItem, image: Image, describer: Describer, wanted: set[str]) -> _Heard:
    """Ask the model, a second time where its first answer cannot be parsed, is too long, or was rejected before.

    A refusal is an answer.

    Raises:
        EngineError: the model does not answer.
        FileRejected: there is no picture to show it.
    """
    version = _version(item)
    facts = facts_about(image)
    against = objections_to(image, wanted)
    asked = question(version, image, facts=facts, leave_out=wanted, objections=against.told)
    runs = [_answer(item, image, describer, asked)]
    first = _parse(version, runs[0])
    if isinstance(first, AnswerRefused):
        return _Heard(runs, fault=first)
    is_new = isinstance(first, ParsedAnswer) and against.are_met_by(first.values)
    if isinstance(first, ParsedAnswer) and is_new and not first.is_overlong:
        return _Heard(runs, runs[0], first)
    if isinstance(first, ParsedAnswer) and is_new:
        asked = shorter(asked, runs[0].raw_text)
    else:
        asked = question(version, image, facts=facts, leave_out=wanted, objections=against.told, again=True)
    runs.append(_answer(item, image, describer, asked))
    second = _parse(version, runs[1])
    if not isinstance(second, ParsedAnswer):
        # One that cannot be parsed leaves the first, if there is one.
        return _Heard(runs, runs[0], first) if isinstance(first, ParsedAnswer) else _Heard(runs, fault=second)
    if isinstance(first, ParsedAnswer) and is_new and first.length <= second.length:
        # A second answer that is no shorter is no better.
        return _Heard(runs, runs[0], first)
    return _Heard(runs, runs[1], second)


def _answer(item: BatchItem, image: Image, describer: Describer, asked: Question) -> Run:
    """Return what the model says, not yet saved.

    Raises:
        EngineError: the model does not answer.
    """
    # The connection would idle for as long as the model takes, and another process may need it.
    release_connection()
    with leases.heartbeat(item):
        answer = describer.describe(asked.request)
    if answer.finish_reason == "cancelled":
        raise Cancelled
    return _run(item, image, describer, answer, storable(answer.text), asked.parameters)


def _parse(version: PromptVersion, run: Run) -> ParsedAnswer | AnswerRefused | Unparseable:
    """Return what an answer says, or why it says nothing."""
    try:
        return parse_answer(version.form, run.raw_text)
    except (AnswerRefused, Unparseable) as fault:
        return fault


def _version(item: BatchItem) -> PromptVersion:
    version = item.batch.prompt_version
    if version is None:
        raise ValueError(f"{item.batch} asks no model")
    return version


def _is_recent(item: BatchItem, image: Image) -> bool:
    """Tell whether an image is not among the outdated ones any more: another batch was quicker."""
    is_asked = item.batch.selection == Selection.OUTDATED
    return is_asked and not images_of(item.batch).filter(pk=image.pk).exists()


def _write(item: BatchItem, image: Image, heard: _Heard) -> Outcome:
    """Write what the model said, all of it or nothing, provided the claim still holds."""
    more = 0
    try:
        with writing, transaction.atomic():
            held = leases.locked_claim(item)
            for run in heard.runs:
                run.save()
            if heard.parsed is None or heard.run is None:
                state = ItemState.REFUSED if isinstance(heard.fault, AnswerRefused) else ItemState.FAILED
                leases.settle(held, state, error=str(heard.fault or Unparseable()))
                more = representatives.take_the_next(item, image)
            else:
                # As it is now: its back may have been read, or its record changed, while the model answered.
                said = heard.said_of(Image.objects.with_files().select_related("collection").get(pk=image.pk))
                write_drafts(
                    image=image,
                    values=said.values,
                    flags=said.flags,
                    evidence=said.evidence,
                    run=heard.run,
                    **representatives.rules_of(item.batch),
                )
                more = representatives.offer(item, image, heard.run, heard.said_of)
                leases.settle(held, ItemState.DONE)
    except ClaimLost:
        # Whoever has the image now writes its drafts; ours would be second ones.
        return Outcome(item, "lost")
    if isinstance(heard.fault, AnswerRefused):
        return Outcome(item, "refused", image.file_name, str(heard.fault), more=more)
    if heard.parsed is None:
        return Outcome(item, "failed", image.file_name, str(Unparseable()), cause=Unparseable.code, more=more)
    return Outcome(item, "done", more=more)


def _run(
    item: BatchItem, image: Image, describer: Describer, answer: Answer, text: str, parameters: dict[str, Any]
) -> Run:
    """Return the record of an answer, not yet saved."""
    return Run(
        image=image,
        prompt_version=_version(item),
        batch_item=item,
        model_name=describer.model_name,
        model_version=answer.model_version,
        parameters=parameters,
        raw_text=text,
        finish_reason=answer.finish_reason,
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
        timings={name: round(seconds, 4) for name, seconds in asdict(answer.timings).items()},
    )
