"""What an image is listed under, as bits of one number."""

from itertools import combinations

from catalog import facets
from catalog.vocabulary import Dating, Evidence, Field, Flag, Source

TABLES = (facets.DRAFTED, facets.FLAGGED, facets.RESTING_ON, facets.ACCEPTED_FROM)


def test_whatever_can_be_said_of_an_annotation_has_a_bit() -> None:
    assert set(facets.DRAFTED) == set(Field)
    assert set(facets.FLAGGED) == set(Flag.single())
    assert set(facets.RESTING_ON) == set(Evidence) - {Evidence.NONE}
    assert set(facets.ACCEPTED_FROM) == set(Source)
    assert set(facets.DATED) == set(Dating)


def test_no_two_of_them_share_a_bit() -> None:
    masks = [facet.mask for table in TABLES for facet in table.values()]
    masks += [facets.ANY_DRAFT.mask, facets.DATED[Dating.NONE].mask]
    assert not any(one & other for one, other in combinations(masks, 2))


def test_an_image_without_annotations_is_listed_under_its_date_alone() -> None:
    assert facets.facets_of([], has_range=False, date_unread=False) == facets.DATED[Dating.NONE].bits
    assert facets.facets_of([], has_range=True, date_unread=False) == facets.DATED[Dating.READ].bits
    assert facets.facets_of([], has_range=False, date_unread=True) == facets.DATED[Dating.UNREAD].bits
