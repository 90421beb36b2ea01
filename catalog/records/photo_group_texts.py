"""What a group of photographs says of all of them: the 组合照片说明 of GB/T 11821.

It is written by people. Words that a model has proposed for one of the photographs are the model's here as well, and a
text that began so stays one, however it is edited (`catalog.records.origins`).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import dates
from catalog.exceptions import GroupChanged
from catalog.models import PhotoGroup
from catalog.records import photo_groups
from catalog.records.action_log import record
from catalog.records.origins import begun_by_models
from catalog.records.photo_group_offers import renew_offers
from catalog.texts import storable
from catalog.vocabulary import Field, Verb
from inference.labels import ai_label

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NUMBER, YEAR = "number", "year"
_ADMINISTRATIVE = (NUMBER, YEAR)


class CaptionLine(NamedTuple):
    """One line of a 组合照片说明.

    Attributes:
        label: what it tells.
        text: what it says.
        ai_label: the label that the text must carry; empty for a person's words.
    """

    label: str
    text: str
    ai_label: str = ""


def describe(*, group: PhotoGroup, values: Mapping[str, str], user: "User", seen: int) -> PhotoGroup:
    """Write what a group says; one that was proposed only is confirmed by it.

    Args:
        group: the group.
        values: what is written: fields of `PhotoGroup.DESCRIPTIVE`, `number` and `year`; others stay.
        user: who writes.
        seen: the group's revision when they began.

    Returns:
        The group as it is now.

    Raises:
        ValueError: a name is none of these.
        GroupChanged: somebody else has written meanwhile; nothing was written.
        GroupingRefused: the group is gone.
        ValidationError: a value is not allowed, such as a number in use.
    """
    if unknown := set(values) - {*PhotoGroup.DESCRIPTIVE, *_ADMINISTRATIVE}:
        raise ValueError(f"not told of groups: {sorted(unknown)}")
    texts = {name: storable(value).strip() for name, value in values.items()}
    with transaction.atomic():
        locked = photo_groups.confirm(group=group, user=user)
        if locked.revision != seen:
            raise GroupChanged
        before = {name: old for name, text in texts.items() if (old := _value(locked, name)) != text}
        if not before:
            return locked
        after = {name: texts[name] for name in before}
        _write(locked, after)
        locked.written_by, locked.written_at = user, timezone.now()
        locked.revision += 1
        locked.full_clean()
        locked.save()
        record(
            verb=Verb.PHOTO_GROUP_DESCRIBED,
            user=user,
            collection=locked.collection,
            label=str(locked),
            group=locked.pk,
            before=before,
            after=after,
            ai_fields=locked.ai_fields,
        )
    if set(before) & set(PhotoGroup.OFFERED):
        renew_offers(images=photo_groups.members(locked), user=user)
    return locked


def caption(group: PhotoGroup) -> list[CaptionLine]:
    """Return the 组合照片说明 of a group, line by line; what it does not say is left out.

    Args:
        group: the group, from `PhotoGroupQuerySet.with_extent`, which tells its first and last number and its count.
    """
    extent = [number for number in (group.first_number, group.last_number) if number]  # type: ignore[attr-defined]
    lines = [
        CaptionLine(_("组号"), "-".join(filter(None, [group.year, group.number]))),
        *(
            CaptionLine(
                str(field.label),
                group.value_of(field),
                ai_label(source="model", reviewed=True) if field in group.ai_fields else "",
            )
            for field in PhotoGroup.DESCRIPTIVE
        ),
        CaptionLine(_("起止张号"), " — ".join(dict.fromkeys(extent))),
        CaptionLine(_("张数"), str(group.image_count)),  # type: ignore[attr-defined]
    ]
    return [line for line in lines if line.text]


def _value(group: PhotoGroup, name: str) -> str:
    return str(getattr(group, name)) if name in _ADMINISTRATIVE else group.value_of(name)


def _write(group: PhotoGroup, values: Mapping[str, str]) -> None:
    described = {name: text for name, text in values.items() if name not in _ADMINISTRATIVE}
    begun = begun_by_models(photo_groups.members(group), described)
    for name, text in values.items():
        setattr(group, name if name in _ADMINISTRATIVE else Field(name).column, text)
    kept = {name for name in group.ai_fields if group.value_of(name)}
    group.ai_fields = sorted(kept | {str(name) for name in begun})
    if Field.DATE in values:
        found = dates.parse(group.date_text)
        group.date_start, group.date_end = (found.start, found.end) if found else (None, None)
    if group.year and not (len(group.year) == 4 and group.year.isascii() and group.year.isdigit()):
        raise ValidationError({YEAR: _("年度请写四位数字，如 1958。")})
