"""Images in the admin: the list, and the page on which drafts are reviewed."""

import copy
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog import policies
from catalog.admin.access import MemberAdmin, signed_in, works
from catalog.admin.actions import ImageActions
from catalog.admin.disclosure import ImageDisclosure
from catalog.admin.files import FileInline
from catalog.admin.history import ImageHistory
from catalog.admin.imagelist import ImageChangeList
from catalog.admin.listfilters import (
    AccessFilter,
    CollectionFilter,
    DatingFilter,
    DisclosureFilter,
    DraftEvidenceFilter,
    DraftFieldFilter,
    DraftFlagFilter,
    HintFilter,
    SecrecyFilter,
    SourceFilter,
    StatusFilter,
)
from catalog.admin.review import LEAVE_OPEN, REJECT, DecisionForm, Kept, decide, rows_of, waiting_neighbours
from catalog.admin.seen import SeenValuesForm
from catalog.admin.uploads import ImageUploads
from catalog.exceptions import CatalogError
from catalog.labels import label_of, labels_by_field
from catalog.models import Image, PhotoGroup
from catalog.querysets import ImageQuerySet
from catalog.reading.shown import read_scans
from catalog.records import entries
from catalog.records.dating import warning_of
from catalog.records.photo_group_texts import caption
from catalog.review import blind
from catalog.templatetags.catalogue import print_img
from catalog.vocabulary import Access, Disclosure, Field, ImageStatus, State, is_left_open
from inference.words import MAX_QUERY_LENGTH, split_words

_STATE_CLASSES = {
    ImageStatus.UNDESCRIBED: "none",
    ImageStatus.TO_REVIEW: "waiting",
    ImageStatus.REJECTED: "bad",
    ImageStatus.TO_RESEARCH: "open",
    ImageStatus.DESCRIBED: "done",
}


class ImageForm(SeenValuesForm[Image]):
    """An image's administrative columns."""

    class Meta:
        model = Image
        fields = entries.IMAGE_COLUMNS

    def clean(self) -> dict[str, Any] | None:
        """Check the number's uniqueness, which Django leaves out: the collection is not in the form."""
        cleaned = super().clean()
        if not self.errors and "identifier" in self.cleaned_data:
            checked = copy.copy(self.instance)
            checked.identifier = self.cleaned_data["identifier"]
            checked.validate_constraints()
        grade = self.cleaned_data.get("classification", self.instance.classification)
        if refused := entries.grade_refused(self.instance, grade):
            self.add_error("classification", refused)
        return cleaned


@admin.register(Image)
class ImageAdmin(ImageActions, ImageHistory, ImageUploads, ImageDisclosure, MemberAdmin[Image]):
    """The list leads to the work; the page shows picture, record and drafts side by side."""

    form = ImageForm
    list_display = ("print", "words", "collection", "state", "who_may_look", "updated_at")
    list_display_links = ("print", "words")
    list_filter = (
        CollectionFilter,
        StatusFilter,
        SourceFilter,
        DraftFieldFilter,
        DraftFlagFilter,
        DraftEvidenceFilter,
        DatingFilter,
        DisclosureFilter,
        AccessFilter,
        SecrecyFilter,
        HintFilter,
    )
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("identifier",)
    search_help_text = _("查照片号、文件名、已采用的著录内容和图上读出的文字；几个词用空格隔开，须同时出现。")
    inlines = (FileInline,)
    fieldsets = (
        (
            _("登记信息"),
            {
                "fields": (
                    ("identifier", "negative_number"),
                    ("volume", "sheet"),
                    "see_also",
                    ("access", "classification"),
                    ("rights", "responsibility"),
                )
            },
        ),
    )

    def mine(self, request: HttpRequest) -> ImageQuerySet:
        """Return the images the user may see as a member, with what the list and the page show of them."""
        mine = policies.member_images(request.user).select_related("collection").with_files()
        return mine.with_annotations([State.DRAFT, State.ACCEPTED])

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ImageChangeList]:
        """Return the list that knows indexes."""
        return ImageChangeList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Image | None:
        """Return an image; asked again for the same page it is the same. A form that was sent gets one of its own."""
        if request.method != "GET":
            return super().get_object(request, object_id, from_field)
        found: dict[str, Image | None] = request.__dict__.setdefault("catalog_images", {})
        if object_id not in found:
            found[object_id] = super().get_object(request, object_id, from_field)
        return found[object_id]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: images come in by import, with their files."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Image | None = None) -> bool:
        """Refuse: an image goes nowhere without its masters, drafts and history, which are kept."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Image | None = None) -> bool:
        """Let members work on what is theirs."""
        if obj is None:
            return works(request)
        return policies.can_review(request.user, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Image | None = None) -> tuple[str, ...]:
        """Leave to reviewers who may look, and the grade of secrecy."""
        may_publish = obj is not None and policies.can_publish(request.user, obj.collection)
        return () if may_publish else ("access", "classification")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Image], search_term: str
    ) -> tuple[QuerySet[Image], bool]:
        """Search as the public pages do, and in what was read on the scans."""
        words = split_words(search_term[:MAX_QUERY_LENGTH])
        return queryset.search_with_readings(" ".join(words)), False  # type: ignore[attr-defined]  # ours, not Django's

    def save_model(self, request: HttpRequest, obj: Image, form: forms.ModelForm[Image], change: bool) -> None:
        """Save what was changed in the form, and nothing else."""
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        entries.change_image(image=obj, user=signed_in(request), changes=changes)

    def get_urls(self) -> list[URLPattern]:
        """Add the address that decisions are posted to."""
        view = self.admin_site.admin_view(self.review_view)
        return [path("<int:object_id>/review/", view, name="catalog_image_review"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the image with its drafts."""
        found = self.get_object(request, object_id)
        context = extra_context or {}
        if found is not None:
            context = self._review_context(request, found) | context
        return super().change_view(request, object_id, form_url, context)

    @method_decorator(require_POST)
    def review_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Carry out one decision, then go on to the next draft; come back with the reason where it cannot be done."""
        found = self.get_object(request, str(object_id))
        if found is None:
            raise Http404
        if not policies.can_review(request.user, found):
            raise PermissionDenied
        given = DecisionForm(request.POST)
        if not given.is_valid():
            return self._come_back(request, found, given, " ".join(_first_errors(given)), status=400)
        try:
            done = decide(image=found, user=signed_in(request), given=given)
        except CatalogError as error:
            return self._come_back(request, found, given, str(error), status=409)
        self.message_user(request, done, messages.SUCCESS)
        if given.cleaned_data["field"] == Field.DATE and given.cleaned_data["decision"] not in (LEAVE_OPEN, REJECT):
            self._warn_of_date(request, found)
        return HttpResponseRedirect(self._next_address(request, found, given.cleaned_data["field"]))

    def _hide_drafts(self, request: HttpRequest, found: Image) -> int:
        """Leave out drafts that its collection wants hidden until one has written; note that others were shown.

        Returns:
            How many drafts are hidden.
        """
        current = found.current_annotations  # type: ignore[attr-defined]  # prefetched by the queryset
        drafts = [item for item in current if item.state == State.DRAFT]
        user = signed_in(request)
        if found.collection.blind_first and blind.may_be_hidden(image=found.pk, drafts=drafts, user=user):
            current[:] = [item for item in current if item not in drafts]
            return len(drafts)
        if drafts:
            blind.note_shown(image=found.pk, user=user)
        return 0

    def _warn_of_date(self, request: HttpRequest, found: Image) -> None:
        """Say where the date text that is now in the record was not understood."""
        found.refresh_from_db(fields=["date_text", "date_unread"])
        if warning := warning_of(found):
            self.message_user(request, warning, messages.WARNING)

    def _come_back(
        self, request: HttpRequest, found: Image, given: DecisionForm, error: str, *, status: int
    ) -> HttpResponse:
        """Return the page again with the reason and what the reviewer wrote."""
        kept = Kept(
            field=given["field"].data or "",
            annotation=given.cleaned_data.get("annotation"),
            value=given["value"].data or "",
            error=error,
        )
        messages.error(request, error)
        asked = copy.copy(request)
        asked.method = "GET"
        fresh = self.get_object(request, str(found.pk)) or found
        response = self.change_view(
            asked, str(found.pk), extra_context=self._review_context(request, fresh, kept) | {"kept": kept}
        )
        response.status_code = status
        return response

    def _review_context(self, request: HttpRequest, found: Image, kept: Kept | None = None) -> dict[str, Any]:
        hidden = self._hide_drafts(request, found)
        rows = rows_of(found, kept)
        before, after = waiting_neighbours(policies.member_images(request.user), found)
        return {
            "title": found.title or found.reference,
            "subtitle": None,
            "rows": sorted((row for row in rows if not row.is_blank), key=lambda row: row.draft is None),
            "blank_rows": [row for row in rows if row.is_blank],
            "hidden_count": hidden,
            "draft_count": sum(row.draft is not None for row in rows),
            "sheets": read_scans(found),
            "photo_group": self._photo_group(request, found),
            "before": before,
            "after": after,
            "may_review": policies.can_review(request.user, found),
            **self.disclosure_context(request, found),
            "reviewing": {"user": signed_in(request).pk},
        }

    @staticmethod
    def _photo_group(request: HttpRequest, found: Image) -> dict[str, Any] | None:
        """Return the group that the image is in, with its caption; what it counts are images that the user may see."""
        groups = PhotoGroup.objects.with_extent(policies.member_images(request.user))
        group = groups.filter(pk=found.photo_group_id).first() if found.photo_group_id else None
        return None if group is None else {"group": group, "caption": caption(group)}

    def _next_address(self, request: HttpRequest, found: Image, field: str) -> str:
        """Return the page's address at the next draft's text, or at the way to the next image where none is left."""
        waiting = set(found.annotations.drafts().values_list("field", flat=True))
        order = [item.value for item in Field]
        place = order.index(field)
        following = [name for name in (*order[place + 1 :], *order[:place]) if name in waiting]
        target = f"draft-{following[0]}" if following else "review"
        return reverse("admin:catalog_image_change", args=[found.pk]) + f"#{target}"

    def row(self, obj: Image, address: str) -> SafeString:
        """Return a row of the list, a cell for each column of `list_display`.

        Args:
            obj: the image.
            address: of its page.
        """
        return format_html(
            '<td class="action-checkbox">{}</td><th class="field-print"><a href="{}">{}</a></th>'
            '<td class="field-words"><a href="{}">{}</a></td><td class="field-collection nowrap">{}</td>'
            '<td class="field-state">{}</td><td class="field-who_may_look">{}</td>'
            '<td class="field-updated_at nowrap">{}</td>',
            self.action_checkbox(obj),
            address,
            self.print(obj),
            address,
            self.words(obj),
            obj.collection,
            self.state(obj),
            self.who_may_look(obj),
            localize(localtime(obj.updated_at)),
        )

    @admin.display(description=_("图像"))
    def print(self, obj: Image) -> SafeString:
        """Return the thumbnail."""
        return format_html('<span class="list-print">{}</span>', print_img(obj.front))

    @admin.display(description=_("著录内容"), ordering="identifier")
    def words(self, obj: Image) -> SafeString:
        """Return the number, the accepted heading, and the drafts with their label."""
        found = obj.current_annotations  # type: ignore[attr-defined]  # prefetched by the queryset
        said = [field for field in (Field.TITLE, Field.DESCRIPTION) if obj.accepted_value(field)]
        heading = next((field for field in said if not is_left_open(obj.accepted_value(field))), None)
        drafts = [item for item in found if item.state == State.DRAFT]
        lines = [format_html('<span class="list-number">{}</span>', obj.reference)]
        if heading:
            lines.append(_heading_line(obj.accepted_value(heading), labels_by_field(found).get(heading.value, "")))
        if drafts and obj.collection.blind_first:
            lines.append(_hidden_line(len(drafts)))
        elif drafts:
            lines.append(_draft_line(drafts))
        return SafeString("".join(lines))

    @admin.display(description=_("状态"), ordering="status")
    def state(self, obj: Image) -> SafeString:
        """Return where the image stands."""
        kind = _STATE_CLASSES[ImageStatus(obj.status)]
        return format_html('<span class="state state-{}">{}</span>', kind, ImageStatus(obj.status).label)

    @admin.display(description=_("开放标识"), ordering="disclosure")
    def who_may_look(self, obj: Image) -> str:
        """Return what of the public and of the house may look. Django would look through all choices for each row."""
        told = [str(Disclosure(obj.disclosure).label)]
        told += [str(Access.RESTRICTED.label)] if obj.access == Access.RESTRICTED else []
        told += [gettext("疑似涉密")] if obj.secrecy_hold else []
        return "，".join(told)

    def action_checkbox(self, obj: Image) -> SafeString:
        """Return the box that selects a row, as Django makes it but without a template for each."""
        label = gettext("选择 %(image)s 以执行操作") % {"image": obj.reference}
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            label,
        )


def _heading_line(text: str, label: str) -> SafeString:
    mark = format_html('<span class="ai-label">{}</span> ', label) if label else ""
    return format_html('<span class="list-heading">{}{}</span>', mark, text[:80])


def _hidden_line(number: int) -> SafeString:
    words = ngettext("%(number)s 条草稿，先著录后看稿", "%(number)s 条草稿，先著录后看稿", number) % {"number": number}
    return format_html('<span class="list-draft">{}</span>', words)


def _draft_line(drafts: list[Any]) -> SafeString:
    order = [field.value for field in Field]
    first = min(drafts, key=lambda draft: order.index(draft.field))
    more = f" +{len(drafts) - 1}" if len(drafts) > 1 else ""
    return format_html(
        '<span class="list-draft"><span class="ai-label">{}</span> {}：{}{}</span>',
        label_of(first),
        Field(first.field).label,
        first.value[:60],
        more,
    )


def _first_errors(given: DecisionForm) -> list[str]:
    return [str(errors[0]) for errors in given.errors.values()]
