"""An image's facets follow its annotations, whoever writes them."""

from collections.abc import Callable

import pytest

from catalog.facets import ACCEPTED_FROM, ANY_DRAFT, DATED, DRAFTED, FLAGGED, RESTING_ON, Facet
from catalog.models import Annotation, Image
from catalog.records import annotations
from catalog.review import decisions
from catalog.vocabulary import Dating, Evidence, Field, Flag, Source
from tests.factories import ImageFactory, RunFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db

NAMED = {
    **{f"draft {name}": facet for name, facet in DRAFTED.items()},
    **{f"flag {name}": facet for name, facet in FLAGGED.items()},
    **{f"evidence {name}": facet for name, facet in RESTING_ON.items()},
    **{f"from {name}": facet for name, facet in ACCEPTED_FROM.items()},
    **{f"date {name}": facet for name, facet in DATED.items()},
    "draft": ANY_DRAFT,
}


def told(image: Image) -> set[str]:
    """Return what an image is listed under, by the database and by the queries alike."""
    image.refresh_from_db()
    named = {name for name, facet in NAMED.items() if facet.is_in(image.facets)}
    assert named == {name for name, facet in NAMED.items() if _is_found(image, facet)}
    return named


def _is_found(image: Image, facet: Facet) -> bool:
    return Image.objects.with_facet(facet).filter(pk=image.pk).exists()


def doubtful() -> Image:
    image = ImageFactory()
    annotations.write_drafts(
        image=image,
        values={"people": "赵四"},
        run=RunFactory(image=image),
        flags={"people": Flag.OVERLONG_DOUBTFUL},
        evidence={"people": Evidence.INFERENCE},
    )
    return image


def the_draft(image: Image) -> Annotation:
    return image.annotations.drafts().get()


DRAFT = {"draft", f"draft {Field.PEOPLE}", f"date {Dating.NONE}"}


def test_a_draft_is_listed_by_field_flags_and_evidence() -> None:
    more = {f"flag {Flag.DOUBTFUL}", f"flag {Flag.OVERLONG}", f"evidence {Evidence.INFERENCE}"}
    assert told(doubtful()) == DRAFT | more


def test_marking_a_draft_anew_is_followed() -> None:
    image = doubtful()
    annotations.mark_draft(draft=the_draft(image), evidence=Evidence.RECORD, flag=Flag.NONE)
    assert told(image) == DRAFT | {f"evidence {Evidence.RECORD}"}


@pytest.mark.parametrize(
    ("decide", "left"),
    [
        (lambda draft, user: decisions.accept(annotation=draft, user=user), {f"from {Source.MODEL}"}),
        (lambda draft, user: decisions.edit_and_accept(annotation=draft, user=user, value="赵五"),
         {f"from {Source.MODEL}"}),
        (lambda draft, user: decisions.reject(annotation=draft, user=user, reason="不对"), set()),
    ],
)  # fmt: skip
def test_a_decision_is_seen_at_once(decide: Callable[..., object], left: set[str]) -> None:
    image = doubtful()
    decide(the_draft(image), UserFactory())
    assert told(image) == left | {f"date {Dating.NONE}"}


def test_what_a_person_wrote_and_what_a_date_means_is_listed() -> None:
    assert told(described(title="石桥", date="1959年")) == {f"from {Source.PERSON}", f"date {Dating.READ}"}
    assert told(described(date="抗战时期")) == {f"from {Source.PERSON}", f"date {Dating.UNREAD}"}


def test_what_was_brought_in_is_listed_apart_from_what_a_person_wrote() -> None:
    image = drafted(title="机器写的")
    annotations.write_accepted(image=image, values={"place": "杭州"}, source=Source.IMPORT, user=None)
    expected = {"draft", f"draft {Field.TITLE}", f"from {Source.IMPORT}", f"date {Dating.NONE}"}
    assert told(image) == expected
