"""What images can be narrowed down by: words, collection, dates. The pages and the API share these."""

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar, cast

import django_filters
from django import forms
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field

from catalog import policies
from catalog.audit_words import AuditState
from catalog.draft_criteria import DraftCriteria
from catalog.examination_words import HintKind
from catalog.exceptions import FilterRefused
from catalog.forms import LARGEST_KEY, KeyField, PartialDateField
from catalog.models import (
    Action,
    Annotation,
    Audit,
    Batch,
    Collection,
    Export,
    Image,
    ImageFile,
    Membership,
    NearGroup,
    PhotoGroup,
    Prompt,
    PromptVersion,
    TableImport,
)
from catalog.querysets import AnnotationQuerySet, CollectionQuerySet, ImageQuerySet
from catalog.vocabulary import (
    BatchState,
    CollectionKind,
    Dating,
    Disclosure,
    Evidence,
    Field,
    FileRole,
    Flag,
    ImageStatus,
    PhotoGroupState,
    Role,
    Source,
    State,
    Verb,
)
from inference.words import MAX_QUERY_LENGTH, split_words

NO_NUL = r"^[^\x00]*$"
"""Texts that are filtered by, as the description of the interface has them: no database keeps NUL characters."""
DATE_FORMAT = "partial-date"
"""What the description calls a date as people write it."""
SLUG_FORMAT = "collection-slug"
"""What it calls the slug of a collection that is there."""
_ANY_NUMBER = "any"
_NUMBERS = [(_ANY_NUMBER, _("任何一种号码")), *((kind.value, kind.label) for kind in HintKind.of_numbers())]
_WORDS = [(kind.value, kind.label) for kind in HintKind.of_words()]
_FLAGS = [(flag.value, flag.label) for flag in Flag.single()]


def collections_to_choose(request: HttpRequest | None) -> CollectionQuerySet:
    """Return the collections a visitor may filter by; without a request (the schema) none."""
    return Collection.objects.none() if request is None else policies.visible_collections(request.user)


def collections_to_examine(request: HttpRequest | None) -> CollectionQuerySet:
    """Return the collections that somebody examines; without a request none."""
    return Collection.objects.none() if request is None else policies.examinable_collections(request.user)


@extend_schema_field({"type": "string", "format": DATE_FORMAT})
class PartialDateFilter(django_filters.Filter):
    """A filter by a year, a month or a day."""

    field_class = PartialDateField


_YES_AND_NO = {"true": True, "false": False, "1": True, "0": False, "True": True, "False": False}


@extend_schema_field({"type": "string", "enum": list(_YES_AND_NO)})
class YesNoFilter(django_filters.TypedChoiceFilter):
    """A filter by yes or no, as programs write it. Django's own takes what it does not understand for "either"."""

    def __init__(self, **kwargs: Any) -> None:
        """Make the filter.

        Args:
            kwargs: what other filters take.
        """
        choices = [(written, written) for written in _YES_AND_NO]
        super().__init__(choices=choices, coerce=_YES_AND_NO.__getitem__, **kwargs)


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": LARGEST_KEY})
class KeyFilter(django_filters.Filter):
    """A filter by a record's number, in digits and nothing else."""

    field_class = KeyField


@extend_schema_field({"type": "string", "format": SLUG_FORMAT})
class CollectionChoiceFilter(django_filters.ModelChoiceFilter):
    """A filter by a collection's slug, among those that a visitor may see."""

    def __init__(self, **kwargs: Any) -> None:
        """Make the filter.

        Args:
            kwargs: what other filters take.
        """
        super().__init__(
            queryset=collections_to_choose,
            to_field_name="slug",
            label=_("馆藏"),
            error_messages={"invalid_choice": _("没有代号为“%(value)s”的馆藏，或您无权查看。")},
            **kwargs,
        )


@extend_schema_field({"type": "string", "minLength": 1, "maxLength": 100, "pattern": NO_NUL})
class IdentifierFilter(django_filters.CharFilter):
    """A filter by the number on a print, as it stands there."""

    def __init__(self) -> None:
        super().__init__(field_name="identifier", max_length=100, label=_("照片号"), strip=False)


class DigestField(forms.RegexField):
    """Takes a SHA-256, as programs write it."""

    default_error_messages = {"invalid": _("请写 64 位十六进制的 SHA-256。")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(r"\A[0-9a-f]{64}\Z", strip=False, **kwargs)


@extend_schema_field({"type": "string", "pattern": "^[0-9a-f]{64}$"})
class DigestFilter(django_filters.Filter):
    """A filter by a file's content."""

    field_class = DigestField


class ImageFilter(django_filters.FilterSet):
    """Images within a collection: words and dates."""

    q = django_filters.CharFilter(
        method="filter_words",
        max_length=MAX_QUERY_LENGTH,
        label=_("检索词"),
        help_text=_("用空格隔开的几个词须同时出现；一个汉字也可以。"),
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    date_from = PartialDateFilter(
        method="filter_from",
        label=_("时间起"),
        help_text=_("年、月、日或年代：1958、1958-03、1958-03-12、五十年代。"),
        widget=forms.TextInput(attrs={"placeholder": "1949", "autocomplete": "off"}),
    )
    date_to = PartialDateFilter(
        method="filter_to",
        last_day=True,
        label=_("时间止"),
        help_text=_("年、月、日或年代：1958、1958-03、1958-03-12、五十年代。"),
        widget=forms.TextInput(attrs={"placeholder": "1989", "autocomplete": "off"}),
    )

    class Meta:
        model = Image
        fields: ClassVar[list[str]] = []

    def filter_words(self, queryset: ImageQuerySet, name: str, value: str) -> ImageQuerySet:
        """Keep images in which every word occurs."""
        whole = None if self.request is None else policies.searched_whole(self.request.user)
        return queryset.search(" ".join(split_words(value)), whole=whole)

    def filter_from(self, queryset: ImageQuerySet, name: str, value: Any) -> ImageQuerySet:
        """Keep images dated at or after a day."""
        return queryset.dated_within(start=value)

    def filter_to(self, queryset: ImageQuerySet, name: str, value: Any) -> ImageQuerySet:
        """Keep images dated at or before a day."""
        return queryset.dated_within(end=value)


class ImageSearchFilter(ImageFilter):
    """Images of all collections: words, collection, dates."""

    collection = CollectionChoiceFilter(empty_label=_("所有馆藏"))


class ImageBatchFilter(ImageFilter):
    """What the images of a batch are chosen by, for members: words, dates, number, state, and what drafts warn of."""

    identifier = IdentifierFilter()
    status = django_filters.ChoiceFilter(choices=ImageStatus.choices, label=_("状态"))
    flag = django_filters.ChoiceFilter(choices=_FLAGS, method="filter_flag", label=_("提醒"))

    def filter_words(self, queryset: ImageQuerySet, name: str, value: str) -> ImageQuerySet:
        """Keep images in which every word occurs; whoever chooses them is a member of their collection."""
        return queryset.search(" ".join(split_words(value)), whole=Q(pk__isnull=False))

    def filter_flag(self, queryset: ImageQuerySet, name: str, value: str) -> ImageQuerySet:
        """Keep images with a draft that has a flag."""
        flagged = Annotation.objects.drafts().filter(flag__in=Flag.containing(value))
        return queryset.filter(pk__in=flagged.values("image"))

    def chosen(self) -> ImageQuerySet:
        """Return the images.

        Raises:
            FilterRefused: a name is unknown, or its value makes no sense.
        """
        unknown = sorted(set(self.data) - set(self.base_filters))
        if unknown:
            reason = _("没有这个条件，可用的有：%(known)s。") % {"known": "、".join(self.base_filters)}
            raise FilterRefused(name=unknown[0], reason=reason)
        if empty := [name for name, value in self.data.items() if not value.strip()]:
            raise FilterRefused(name=empty[0], reason=_("值是空的；不需要时请去掉。"))
        if not self.is_valid():
            name, errors = next(iter(self.form.errors.items()))
            raise FilterRefused(name=name, reason=" ".join(map(str, errors)))
        return cast(ImageQuerySet, self.qs)


class ReviewFilter(ImageBatchFilter):
    """What reviewers narrow their records by; what says something of drafts says it of one and the same draft.

    A record with six drafts, of which one is doubtful, is shown by the filter for doubtful ones, and of its drafts that
    one: `criteria` tells which drafts the filter shows.
    """

    collection = django_filters.ModelChoiceFilter(
        queryset=lambda request: _own(policies.member_collections, request, Collection),
        to_field_name="slug",
        label=_("馆藏"),
        empty_label=_("所有馆藏"),
        error_messages={"invalid_choice": _("没有代号为“%(value)s”的馆藏，或您无权查看。")},
    )
    field = django_filters.ChoiceFilter(
        choices=Field.choices, method="keep_all", label=_("待审著录项"), empty_label=_("全部")
    )
    evidence = django_filters.ChoiceFilter(
        choices=Evidence.choices[1:], method="keep_all", label=_("草稿依据"), empty_label=_("全部")
    )
    flag = django_filters.ChoiceFilter(choices=_FLAGS, method="keep_all", label=_("草稿提醒"), empty_label=_("全部"))
    status = django_filters.ChoiceFilter(choices=ImageStatus.choices, label=_("状态"), empty_label=_("全部"))
    batch = KeyFilter(method="keep_all", label=_("批次"), help_text=_("批次的编号：只看这个批次起草的。"))
    prompt_version = django_filters.ModelChoiceFilter(
        queryset=PromptVersion.objects.select_related("prompt").order_by("prompt", "-number"),
        method="keep_all",
        label=_("提示词版本"),
        empty_label=_("全部"),
    )
    reviewer = django_filters.ModelChoiceFilter(
        queryset=lambda request: _own(policies.colleagues, request, User).order_by("username"),
        to_field_name="username",
        method="filter_reviewer",
        label=_("审核者"),
        empty_label=_("全部"),
        help_text=_("只看这个人作过决定的记录。"),
    )
    near_group = KeyFilter(field_name="near_group", label=_("近似组"), help_text=_("近似组的编号：只看这一组的图像。"))
    hint = django_filters.ChoiceFilter(
        choices=_NUMBERS,
        method="filter_hint",
        label=_("个人信息"),
        empty_label=_("全部"),
        help_text=_("著录内容或图上的文字里有这种号码的。"),
    )
    photo_group = django_filters.ModelChoiceFilter(
        queryset=lambda request: _own(policies.visible_photo_groups, request, PhotoGroup),
        # Thousands of them: one is chosen on its own page, and no list of all is made.
        widget=forms.NumberInput(attrs={"min": 1}),
        label=_("照片组"),
        help_text=_("照片组页面上“审核这一组”会填好它：只看这一组的照片。"),
        error_messages={"invalid_choice": _("没有这个照片组，或您无权查看。")},
    )

    @property
    def criteria(self) -> DraftCriteria:
        """Return what the drafts meet that the filter shows; of a filter that is not valid, what is valid of it."""
        asked = getattr(self.form, "cleaned_data", {}) if self.is_bound else {}
        version = asked.get("prompt_version")
        return DraftCriteria(
            field=asked.get("field") or "",
            flag=asked.get("flag") or "",
            evidence=asked.get("evidence") or "",
            batch=asked.get("batch"),
            prompt_version=version and version.pk,
        )

    @property
    def in_words(self) -> str:
        """Return what is chosen as a person reads it, such as 馆藏：老照片；状态：待审核; empty where nothing is."""
        asked = getattr(self.form, "cleaned_data", {}) if self.is_bound else {}
        chosen = [(name, field) for name, field in self.form.fields.items() if asked.get(name)]
        return "；".join(
            _("%(name)s：%(value)s") % {"name": field.label, "value": self._chosen_in_words(name, asked[name])}
            for name, field in chosen
        )

    def filter_queryset(self, queryset: ImageQuerySet) -> ImageQuerySet:
        """Keep the images that meet everything, those that a draft is asked of by their facets first."""
        found: ImageQuerySet = super().filter_queryset(queryset)
        return found.with_drafts(self.criteria)

    def filter_words(self, queryset: ImageQuerySet, name: str, value: str) -> ImageQuerySet:
        """Keep images in which every word occurs, in what was read on them too."""
        return queryset.search_with_readings(" ".join(split_words(value)))

    def keep_all(self, queryset: ImageQuerySet, name: str, value: Any) -> ImageQuerySet:
        """Leave it to `filter_queryset`, which asks all of one draft."""
        return queryset

    def filter_hint(self, queryset: ImageQuerySet, name: str, value: str) -> ImageQuerySet:
        """Keep images with a personal number of a kind."""
        return with_hint(queryset, value)

    def filter_reviewer(self, queryset: ImageQuerySet, name: str, value: User) -> ImageQuerySet:
        """Keep images about which somebody has decided."""
        return queryset.decided_by(value.pk)

    def _chosen_in_words(self, name: str, value: Any) -> str:
        choices = dict(getattr(self.base_filters[name], "extra", {}).get("choices") or ())
        return str(choices.get(value, self.data.get(name) if isinstance(value, date) else value))


class CommandFilter(ReviewFilter):
    """What the records of a collection are narrowed by on the command line, which may see all of them."""

    collection = None
    reviewer = django_filters.ModelChoiceFilter(
        queryset=User.objects.order_by("username"),
        to_field_name="username",
        method="filter_reviewer",
        label=_("审核者"),
    )
    photo_group = django_filters.ModelChoiceFilter(queryset=PhotoGroup.objects.all(), label=_("照片组"))


def with_hint(images: ImageQuerySet, kind: str) -> ImageQuerySet:
    """Keep images in which something stands that speaks against opening them.

    Args:
        images: the images.
        kind: a value of `HintKind`, or `any` for any personal number.
    """
    if kind in HintKind.of_words():
        return images.with_sensitive_words(kind)
    return images.with_numbers(HintKind.of_numbers() if kind == _ANY_NUMBER else [HintKind(kind)])


def _own(ask: Callable[[Any], Any], request: HttpRequest | None, model: type[Any]) -> Any:
    """Return what a policy answers for the visitor; without a request nothing."""
    return model.objects.none() if request is None else ask(request.user)


class ExaminationFilter(ImageFilter):
    """What records are proposed for opening by: the examiner's collections, what was decided before, words, dates."""

    collection = django_filters.ModelChoiceFilter(
        queryset=collections_to_examine,
        to_field_name="slug",
        label=_("馆藏"),
        empty_label=_("我审核的所有馆藏"),
    )
    disclosure = django_filters.ChoiceFilter(choices=Disclosure.choices, label=_("开放标识"), empty_label=_("不限"))
    status = django_filters.ChoiceFilter(choices=ImageStatus.choices, label=_("著录状态"), empty_label=_("不限"))
    due = django_filters.ChoiceFilter(
        choices=[("1", _("延期已到期"))], method="filter_due", label=_("到期待审"), empty_label=_("不限")
    )

    hint = django_filters.ChoiceFilter(
        choices=[*_NUMBERS, *_WORDS], method="filter_hint", label=_("提示"), empty_label=_("不限")
    )

    field_order = ("q", "collection", "disclosure", "status", "due", "hint", "date_from", "date_to")

    def filter_words(self, queryset: ImageQuerySet, name: str, value: str) -> ImageQuerySet:
        """Keep images in which every word occurs, in what was read on the scans as well."""
        return queryset.search_with_readings(" ".join(split_words(value)))

    def filter_hint(self, queryset: ImageQuerySet, name: str, value: str) -> ImageQuerySet:
        """Keep images with something that speaks against opening them."""
        return with_hint(queryset, value)

    def filter_due(self, queryset: ImageQuerySet, name: str, value: str) -> ImageQuerySet:
        """Keep images whose deferral is over."""
        return queryset.to_be_reexamined(timezone.localdate())


class CollectionFilter(django_filters.FilterSet):
    """Collections by kind and by whether they are public."""

    kind = django_filters.ChoiceFilter(choices=CollectionKind.choices, label=_("类型"))
    is_public = YesNoFilter(label=_("公开"))

    class Meta:
        model = Collection
        fields: ClassVar[list[str]] = []


class ImageApiFilter(ImageSearchFilter):
    """What the API adds: the number on the print, and for members the state of the record.

    Words come by the API's own `search` parameter.
    """

    q = None
    identifier = IdentifierFilter()
    dating = django_filters.ChoiceFilter(choices=Dating.choices, method="filter_dating", label=_("时间的识别"))
    status = django_filters.ChoiceFilter(
        choices=ImageStatus.choices,
        method="filter_status",
        label=_("状态"),
        help_text=_("只对本人负责的馆藏有效。"),
    )

    def filter_dating(self, queryset: ImageQuerySet, name: str, value: str) -> ImageQuerySet:
        """Keep images whose date text was understood, was not, or is not there."""
        return queryset.with_dating(value)

    def filter_status(self, queryset: ImageQuerySet, name: str, value: str) -> ImageQuerySet:
        """Keep images in a state, among those whose state the user may know."""
        own = policies.member_images(self.request.user).values("pk")
        return queryset.filter(status=value, pk__in=own)


class AnnotationFilter(django_filters.FilterSet):
    """Annotations by image, collection, field, source and state."""

    image = KeyFilter(field_name="image_id", label=_("图像"))
    collection = CollectionChoiceFilter(field_name="image__collection")
    field = django_filters.ChoiceFilter(choices=Field.choices, label=_("著录项"))
    source = django_filters.ChoiceFilter(choices=Source.choices, label=_("来源"))
    state = django_filters.ChoiceFilter(choices=State.choices, label=_("状态"))
    evidence = django_filters.ChoiceFilter(choices=Evidence.choices[1:], label=_("依据"))
    flag = django_filters.ChoiceFilter(
        choices=_FLAGS, method="filter_flag", label=_("提醒"), help_text=_("只对本人负责的馆藏有效。")
    )

    class Meta:
        model = Annotation
        fields: ClassVar[list[str]] = []

    def filter_flag(self, queryset: AnnotationQuerySet, name: str, value: str) -> AnnotationQuerySet:
        """Keep annotations with a flag, among those whose flags the user may know."""
        return queryset.filter(flag__in=Flag.containing(value), image__in=policies.member_images(self.request.user))


class FileFilter(django_filters.FilterSet):
    """Scans by image, collection, side and content."""

    image = KeyFilter(field_name="image_id", label=_("图像"))
    collection = CollectionChoiceFilter()
    role = django_filters.ChoiceFilter(choices=FileRole.choices, label=_("部位"))
    sha256 = DigestFilter(field_name="sha256", label=_("SHA-256"))

    class Meta:
        model = ImageFile
        fields: ClassVar[list[str]] = []


class BatchFilter(django_filters.FilterSet):
    """Batches by collection and state."""

    collection = CollectionChoiceFilter()
    state = django_filters.ChoiceFilter(choices=BatchState.choices, label=_("状态"))

    class Meta:
        model = Batch
        fields: ClassVar[list[str]] = []


DECISIONS = [
    (verb.value, verb.label)
    for verb in (
        Verb.DRAFT_PROPOSED,
        Verb.DRAFT_ACCEPTED,
        Verb.DRAFT_EDITED,
        Verb.DRAFT_REJECTED,
        Verb.DRAFT_REWORDED,
        Verb.DRAFT_WITHDRAWN,
        Verb.VALUE_SET,
        Verb.VALUE_RESTORED,
        Verb.DECISION_UNDONE,
    )
]
"""The entries of the action log that say what became of a field."""


class DecisionFilter(django_filters.FilterSet):
    """Decisions by image, collection and kind."""

    image = KeyFilter(field_name="image_id", label=_("图像"))
    collection = CollectionChoiceFilter()
    verb = django_filters.ChoiceFilter(choices=DECISIONS, label=_("动作"))

    class Meta:
        model = Action
        fields: ClassVar[list[str]] = []


class NearGroupFilter(django_filters.FilterSet):
    """Groups of look-alikes by collection."""

    collection = CollectionChoiceFilter()

    class Meta:
        model = NearGroup
        fields: ClassVar[list[str]] = []


class PhotoGroupFilter(django_filters.FilterSet):
    """Groups of photographs by collection and state."""

    collection = CollectionChoiceFilter()
    state = django_filters.ChoiceFilter(choices=PhotoGroupState.choices, label=_("状态"))

    class Meta:
        model = PhotoGroup
        fields: ClassVar[list[str]] = []


class AuditFilter(django_filters.FilterSet):
    """Audits by collection and state."""

    collection = CollectionChoiceFilter()
    state = django_filters.ChoiceFilter(choices=AuditState.choices, label=_("状态"))

    class Meta:
        model = Audit
        fields: ClassVar[list[str]] = []


class PromptFilter(django_filters.FilterSet):
    """Prompts: by words only."""

    class Meta:
        model = Prompt
        fields: ClassVar[list[str]] = []


class MembershipFilter(django_filters.FilterSet):
    """Roles by collection and role."""

    collection = CollectionChoiceFilter()
    role = django_filters.ChoiceFilter(choices=Role.choices, label=_("角色"))

    class Meta:
        model = Membership
        fields: ClassVar[list[str]] = []


class ExportFilter(django_filters.FilterSet):
    """Exports by state."""

    state = django_filters.ChoiceFilter(choices=Export.State.choices, label=_("状态"))

    class Meta:
        model = Export
        fields: ClassVar[list[str]] = []


class TableImportFilter(django_filters.FilterSet):
    """Imports of tables by state."""

    state = django_filters.ChoiceFilter(choices=TableImport.State.choices, label=_("状态"))

    class Meta:
        model = TableImport
        fields: ClassVar[list[str]] = []
