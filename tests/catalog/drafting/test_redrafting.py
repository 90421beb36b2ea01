"""Drafting again: what a machine wrote may be replaced, what a person wrote may not."""

import pytest

from catalog.batches import lifecycle
from catalog.batches.running import run_batch
from catalog.drafting.drafting import Drafting
from catalog.models import Collection, Image, PromptVersion
from catalog.records.annotations import write_drafts
from catalog.review import decisions
from catalog.vocabulary import State
from tests.catalog.drafts import SIX, SIX_ANSWER, draft, drafts_of, first_image
from tests.catalog.fakes import FakeDescriber
from tests.factories import (
    ImageFactory,
    ImageFileFactory,
    PromptVersionFactory,
    RunFactory,
    UserFactory,
    described,
)

pytestmark = pytest.mark.django_db


def test_a_rejected_draft_is_drafted_again(collection: Collection, version: PromptVersion) -> None:
    draft(collection, version, FakeDescriber(default="帆船"))
    image = first_image(collection)
    decisions.reject(annotation=image.annotations.get(), user=UserFactory(), reason="不是帆船")

    result = draft(collection, version, FakeDescriber(default="石桥"), selection="rejected")

    assert result.total == 1
    assert drafts_of(image) == {"description": "石桥"}
    assert image.annotations.filter(state=State.REJECTED).count() == 1


class TestEveryKindOfRedraft:
    """Six images that differ in what their description is, and what each kind of batch makes of them."""

    @pytest.fixture
    def newer(self, version: PromptVersion) -> PromptVersion:
        return PromptVersionFactory(prompt=version.prompt, number=version.number + 1)

    @pytest.fixture
    def images(self, collection: Collection, version: PromptVersion) -> dict[str, Image]:
        for _more in range(3):
            ImageFileFactory(image=ImageFactory(collection=collection))
        names = ["person", "empty", "edited", "accepted", "draft", "rejected"]
        images = dict(zip(names, collection.images.order_by("pk"), strict=True))
        described(images["person"], description="人写的")
        described(images["empty"], description="")
        for name in names[2:]:
            run = RunFactory(image=images[name], prompt_version=version)
            write_drafts(image=images[name], values={"description": "旧草稿"}, run=run)
        user = UserFactory()
        decisions.edit_and_accept(annotation=images["edited"].annotations.get(), user=user, value="人改过的")
        decisions.accept(annotation=images["accepted"].annotations.get(), user=user)
        decisions.reject(annotation=images["rejected"].annotations.get(), user=user, reason="")
        return images

    @pytest.mark.parametrize(
        ("selection", "replace_accepted", "redrafted"),
        [
            ("missing", False, {"rejected"}),
            ("rejected", False, {"rejected"}),
            ("all", False, {"rejected", "draft"}),
            ("all", True, {"rejected", "draft", "accepted"}),
            ("outdated", False, {"draft"}),
            ("outdated", True, {"draft", "accepted"}),
            ("chosen", False, {"rejected", "draft"}),
            ("chosen", True, {"rejected", "draft", "accepted"}),
        ],
    )
    def test_what_gets_a_new_draft_and_what_stays_in_the_record(
        self,
        images: dict[str, Image],
        collection: Collection,
        newer: PromptVersion,
        selection: str,
        replace_accepted: bool,
        redrafted: set[str],
    ) -> None:
        if selection == "chosen":
            (batch,) = lifecycle.open_chosen(
                images=collection.images.all(), version=newer, replace_accepted=replace_accepted
            )
        else:
            opened = lifecycle.open_batch(
                collection=collection, version=newer, selection=selection, replace_accepted=replace_accepted
            )
            assert opened is not None
            batch = opened

        run_batch(batch=batch, work=Drafting(FakeDescriber(default="新草稿")))

        assert {name for name, image in images.items() if drafts_of(image) == {"description": "新草稿"}} == redrafted
        for image in images.values():
            image.refresh_from_db()
        accepted = {name: images[name].description for name in ("person", "empty", "edited", "accepted")}
        assert accepted == {"person": "人写的", "empty": "", "edited": "人改过的", "accepted": "旧草稿"}
        assert images["empty"].annotations.accepted().count() == 1

    def test_a_draft_of_the_same_wording_is_recent_enough(
        self, images: dict[str, Image], collection: Collection, version: PromptVersion
    ) -> None:
        assert lifecycle.open_batch(collection=collection, version=version, selection="outdated") is None
        assert lifecycle.open_batch(collection=collection, version=version, selection="outdated", older_than=2)


@pytest.mark.parametrize("selection", ["missing", "all"])
def test_a_persons_accepted_values_survive_a_redraft_of_the_whole_collection(
    collection: Collection, selection: str
) -> None:
    version = PromptVersionFactory(six_elements=True)
    image = first_image(collection)
    described(image, event="人写的", date="1958年", place="人写的")
    before = list(image.annotations.order_by("pk").values())

    draft(collection, version, FakeDescriber(default=SIX_ANSWER), selection=selection)
    for annotation in image.annotations.drafts():
        decisions.accept(annotation=annotation, user=UserFactory())

    image.refresh_from_db()
    assert (image.event, image.date_text, image.place) == ("人写的", "1958年", "人写的")
    assert image.people == "三人"
    assert list(image.annotations.filter(pk__in=[row["id"] for row in before]).order_by("pk").values()) == before


def test_an_image_a_person_described_completely_is_not_even_asked_about(collection: Collection) -> None:
    version = PromptVersionFactory(six_elements=True)
    for image in collection.images.all():
        described(image, **dict.fromkeys(SIX, "人写的"))
    describer = FakeDescriber(default=SIX_ANSWER)

    result = draft(collection, version, describer, selection="all")

    assert (result.skipped, describer.history) == (3, [])
