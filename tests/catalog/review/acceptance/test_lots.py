"""What is in a lot: drafts that are alike, the empty fields beside them, and nothing that no sample may speak for."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Collection, Image, PromptVersion
from catalog.records import annotations
from catalog.review import decisions
from catalog.review.acceptance import lots
from catalog.review.acceptance.lots import Cut
from catalog.vocabulary import Evidence, Field, Flag, Source
from tests.catalog.audits import draft_of, drafted_collection, judge_all, planned
from tests.factories import ImageFactory, PromptVersionFactory, RunFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> PromptVersion:
    return PromptVersionFactory(six_elements=True)


def drafts(collection: Collection, **cut: Any) -> list[str]:
    """Return the values of the drafts in a lot."""
    wanted = Cut(**{"fields": (Field.PLACE.value,)} | cut)
    found = lots.drafts_of(wanted, lots.images_of(collection, wanted)).order_by("pk")
    assert lots.size_of(collection, wanted).drafts == len(found)
    return [draft.value for draft in found]


def image_with(collection: Collection, version: PromptVersion, value: str, **marks: Any) -> Image:
    """Return an image with a draft of a place."""
    image = ImageFactory(collection=collection)
    draft_of(image, version=version, field=Field.PLACE, value=value, **marks)
    return image


def test_a_lot_has_the_drafts_of_its_fields_and_no_others(version: PromptVersion) -> None:
    collection = drafted_collection(3, version=version)
    drafted_collection(2)
    image = collection.images.order_by("pk")[0]
    draft_of(image, version=version, field=Field.EVENT, value="合影")

    assert drafts(collection) == ["地点0", "地点1", "地点2"]
    assert drafts(collection, fields=("place", "event")) == ["地点0", "地点1", "地点2", "合影"]


@pytest.mark.parametrize("evidence", [Evidence.INFERENCE])
def test_what_is_inferred_is_in_no_lot(version: PromptVersion, evidence: str) -> None:
    collection = drafted_collection(1, version=version)
    image_with(collection, version, "推测的", evidence=evidence)

    assert drafts(collection) == ["地点0"]
    assert drafts(collection, evidence=(Evidence.INSCRIPTION.value,)) == ["地点0"]


@pytest.mark.parametrize("flag", Flag.containing(Flag.DOUBTFUL))
def test_what_is_doubtful_is_in_no_lot(version: PromptVersion, flag: str) -> None:
    collection = drafted_collection(1, version=version)
    image = image_with(collection, version, "存疑的")
    annotations.mark_draft(draft=image.annotations.get(), evidence=Evidence.PICTURE, flag=flag)

    assert drafts(collection) == ["地点0"]


def test_no_sample_speaks_for_the_names_of_persons() -> None:
    assert Field.PEOPLE not in lots.FIELDS
    assert Field.PHOTOGRAPHER not in lots.FIELDS
    assert Field.PLACE in lots.FIELDS


def test_what_stands_beside_an_accepted_value_is_a_persons_to_decide(version: PromptVersion) -> None:
    collection = drafted_collection(1, version=version)
    image = ImageFactory(collection=collection)
    decisions.set_value(image=image, field="place", value="待考", user=UserFactory())
    draft_of(image, version=version, field=Field.PLACE, value="西湖")

    assert drafts(collection) == ["地点0"]


def test_what_came_in_with_a_table_and_is_no_models_text_is_in_no_lot(version: PromptVersion) -> None:
    collection = drafted_collection(1, version=version)
    annotations.write_import_drafts(image=ImageFactory(collection=collection), values={"place": "西湖"}, user=None)

    assert drafts(collection) == ["地点0"]
    assert collection.images.filter(annotations__source=Source.IMPORT).exists()


def test_a_lot_is_cut_by_version_evidence_flag_and_volume(version: PromptVersion) -> None:
    collection = drafted_collection(2, version=version, volumes=["1"])
    image_with(collection, PromptVersionFactory(six_elements=True), "另一版")
    image_with(collection, version, "看画面的", evidence=Evidence.PICTURE)
    cut_off = image_with(collection, version, "截断的")
    annotations.mark_draft(draft=cut_off.annotations.get(), evidence=Evidence.INSCRIPTION, flag=Flag.TRUNCATED)

    assert drafts(collection, prompt_version=version.pk) == ["地点0", "地点1", "看画面的", "截断的"]
    assert drafts(collection, evidence=(Evidence.PICTURE.value,)) == ["看画面的"]
    assert drafts(collection, unflagged=True, volume="") == ["另一版", "看画面的"]
    assert drafts(collection, volume="1") == ["地点0", "地点1"]


def test_what_is_in_one_lot_is_in_no_other_until_that_is_done_with(version: PromptVersion) -> None:
    collection = drafted_collection(40, version=version)
    audit = planned(collection)

    assert drafts(collection) == []

    judge_all(audit, wrong=audit.allowed + 1)
    assert drafts(collection) == []


class TestEmptyFields:
    """What the model was asked for and said nothing of."""

    def test_they_are_in_the_lot_of_their_version(self, version: PromptVersion) -> None:
        collection = drafted_collection(2, version=version)
        silent = ImageFactory(collection=collection)
        RunFactory(image=silent, prompt_version=version)
        ImageFactory(collection=collection)

        cut = Cut(fields=("place", "event"), prompt_version=version.pk)
        images = list(collection.images.order_by("pk"))
        found = lots.empty_of(cut, images)

        assert (silent.pk, "place") in found
        assert sorted(found) == sorted([(image.pk, "event") for image in images[:3]] + [(silent.pk, "place")])
        assert lots.size_of(collection, cut).empty == 4

    @pytest.mark.parametrize("cut", [{"prompt_version": None}, {"evidence": ("picture",)}, {"with_empty": False}])
    def test_they_are_in_none_where_nothing_tells_them_apart_or_nobody_wants_them(
        self, version: PromptVersion, cut: dict[str, Any]
    ) -> None:
        collection = drafted_collection(1, version=version)
        RunFactory(image=ImageFactory(collection=collection), prompt_version=version)

        given: dict[str, Any] = {"fields": ("place",), "prompt_version": version.pk}
        wanted = Cut(**given | cut)
        assert lots.size_of(collection, wanted).empty == 0

    def test_a_field_that_the_prompt_does_not_ask_for_is_not_empty(self, version: PromptVersion) -> None:
        collection = drafted_collection(1, version=version)
        assert lots.size_of(collection, Cut(fields=("title",), prompt_version=version.pk)).units == 0

    def test_what_a_person_rejected_is_not_what_the_model_left_empty(self, version: PromptVersion) -> None:
        collection = drafted_collection(1, version=version)
        decisions.reject(annotation=collection.images.get().annotations.get(), user=UserFactory())
        assert lots.size_of(collection, Cut(fields=("place",), prompt_version=version.pk)).units == 0


def test_cells_count_what_waits_by_what_predicts_error(version: PromptVersion) -> None:
    collection = drafted_collection(3, version=version)
    image_with(collection, version, "推测的", evidence=Evidence.INFERENCE)
    doubtful = image_with(collection, version, "存疑的")
    annotations.mark_draft(draft=doubtful.annotations.get(), evidence=Evidence.INSCRIPTION, flag=Flag.DOUBTFUL)

    found = {(cell.evidence, cell.doubtful): cell for cell in lots.cells_of(collection)}

    assert {key: cell.drafts for key, cell in found.items()} == {
        ("inscription", False): 3,
        ("inscription", True): 1,
        ("inference", False): 1,
    }
    assert [key for key, cell in found.items() if cell.may_be_sampled] == [("inscription", False)]


def test_counting_costs_the_same_however_many_drafts_there_are(version: PromptVersion) -> None:
    collection = drafted_collection(2, version=version)
    cut = Cut(fields=("place", "event"), prompt_version=version.pk)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as counted:
            lots.size_of(collection, cut)
            lots.cells_of(collection)
            lots.judged_alike(collection)
        return len(counted)

    few = queries()
    drafted_collection(20, collection=collection, version=version)
    assert queries() == few
