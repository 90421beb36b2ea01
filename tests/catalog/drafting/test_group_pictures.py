"""Where a prompt wants it, the model sees other photographs of the group, and none that not all readers may see."""

import pytest
from django.core.exceptions import ValidationError

from catalog.drafting.asking import question
from catalog.drafting.prompts import add_prompt_version
from catalog.models import Image, PhotoGroup
from catalog.vocabulary import Access
from inference.types import ImagePart, TextPart
from tests.factories import (
    CollectionFactory,
    ImageFactory,
    ImageFileFactory,
    PhotoGroupFactory,
    PromptFactory,
    PromptVersionFactory,
)

pytestmark = pytest.mark.django_db


def five(access: str = Access.INTERNAL, **values: str) -> list[Image]:
    """Return five photographs of a group; `access` is that of the middle one."""
    told = {"state": "confirmed", "number": "1", **values}
    group: PhotoGroup = PhotoGroupFactory(collection=CollectionFactory(), **told)
    images: list[Image] = []
    for at in range(5):
        own = access if at == 2 else Access.INTERNAL
        image = ImageFactory(collection=group.collection, photo_group=group, identifier=f"P-{at}", access=own)
        ImageFileFactory(image=image)
        images.append(image)
    return images


def shown(image: Image, most: int) -> list[int]:
    """Return the photographs beside which the model is asked about one, and check what it is told."""
    asked = question(PromptVersionFactory(group_pictures=most), Image.objects.with_files().get(pk=image.pk))
    parts = asked.request.messages[0].parts
    keys: list[int] = asked.parameters.get("group_pictures", [])
    assert sum(isinstance(part, ImagePart) for part in parts) == 1 + len(keys) == asked.parameters["files"]
    text = parts[-1]
    assert isinstance(text, TextPart)
    assert ("同组的其他照片" in text.text) == bool(keys)
    return keys


def test_the_nearest_are_shown_in_order() -> None:
    images = five()
    keys = [image.pk for image in images]

    assert shown(images[2], 2) == [keys[1], keys[3]]
    assert shown(images[0], 3) == keys[1:4]
    assert shown(images[4], 4) == keys[:4]


def test_by_default_none_is_shown_and_a_proposed_group_shows_none() -> None:
    assert shown(five()[2], 0) == []
    assert shown(five(state="proposed", number="")[2], 4) == []
    alone = ImageFileFactory().image
    assert shown(alone, 4) == []


def test_what_some_of_a_drafts_readers_may_not_see_is_not_shown() -> None:
    images = five(access=Access.RESTRICTED)
    keys = [image.pk for image in images]

    assert shown(images[1], 4) == [keys[0], keys[3], keys[4]]
    assert shown(images[2], 4) == [key for key in keys if key != keys[2]]


def test_one_whose_picture_is_gone_is_left_out() -> None:
    images = five()
    lost = images[1].front
    assert lost is not None
    lost.screen.delete(save=True)

    assert shown(images[2], 2) == [images[3].pk]


def test_a_version_keeps_how_many_and_refuses_too_many() -> None:
    prompt = PromptFactory()
    made = add_prompt_version(prompt=prompt, text="请描述。", form="sentence", group_pictures=2)
    assert made.group_pictures == 2
    with pytest.raises(ValidationError, match="0 到 4"):
        add_prompt_version(prompt=prompt, text="请描述。", form="sentence", group_pictures=5)
