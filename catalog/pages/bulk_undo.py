"""Taking back what a person, a batch, an import or a bulk change did in a time span: what is asked, and its preview."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import User as Account
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from catalog import policies
from catalog.exceptions import CatalogError
from catalog.forms import KeyField
from catalog.models import Batch, BulkChange, Collection
from catalog.pages.members import member_page, signed_in
from catalog.review.bulk.policies import can_undo, can_undo_spans, changeable_images, visible_changes
from catalog.review.bulk.selection import prepare_undo
from catalog.review.bulk.sources import OfBatch, OfBulkChange, OfImports, OfPerson, Source

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class MomentField(forms.DateTimeField):
    """A day and a time of day, to the minute."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    default_error_messages = {"invalid": gettext_lazy("请写日期和时刻，例如 2026-11-30 09:00。")}

    def __init__(self, **kwargs: Any) -> None:
        formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"]
        super().__init__(input_formats=formats, **kwargs)


class UndoForm(forms.Form):
    """Whose work is taken back, and of when."""

    PERSON, BATCH, IMPORTS, BULK = "person", "batch", "imports", "bulk"
    of = forms.ChoiceField(
        choices=[
            (PERSON, gettext_lazy("某人作的决定（采用、退回、填写，单条的和批量的）")),
            (BATCH, gettext_lazy("某个批次起草的、还没有人处理的草稿")),
            (IMPORTS, gettext_lazy("导入带来的内容（清单里的著录项、文件自带的文字）")),
            (BULK, gettext_lazy("某一次批量改动")),
        ],
        initial=PERSON,
        widget=forms.RadioSelect,
        label=gettext_lazy("撤销什么"),
    )
    person = forms.ModelChoiceField(
        queryset=Account.objects.none(),
        to_field_name="username",
        required=False,
        label=gettext_lazy("人"),
        help_text=gettext_lazy("撤销导入时，不选就是所有人。"),
    )
    batch = KeyField(required=False, label=gettext_lazy("批次的编号"))
    collection = forms.ModelChoiceField(
        queryset=Collection.objects.none(),
        to_field_name="slug",
        required=False,
        label=gettext_lazy("导入到的馆藏"),
        help_text=gettext_lazy("不选就是您负责审核的所有馆藏。"),
    )
    bulk = KeyField(required=False, label=gettext_lazy("批量改动的编号"))
    since = MomentField(required=False, label=gettext_lazy("从"))
    until = MomentField(required=False, label=gettext_lazy("到"))

    def __init__(self, *args: Any, user: "User", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user
        self._choose("person", policies.colleagues(user).order_by("username"))
        self._choose("collection", policies.publishable_collections(user).order_by("slug"))

    def _choose(self, name: str, rows: QuerySet[Any]) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]  # it chooses

    def clean(self) -> dict[str, Any]:
        """Refuse what says too little, or nothing that makes sense."""
        given = super().clean() or self.cleaned_data
        of, since, until = given.get("of"), given.get("since"), given.get("until")
        wanted = {self.PERSON: "person", self.BATCH: "batch", self.BULK: "bulk"}.get(of or "")
        words = {"person": _("请选择是谁。"), "batch": _("请写批次的编号。"), "bulk": _("请写批量改动的编号。")}
        if wanted and not given.get(wanted) and wanted not in self.errors:
            self.add_error(wanted, words[wanted])
        if of in (self.PERSON, self.IMPORTS):
            for name in ("since", "until"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, _("请写时间段的起止。"))
        if since and until and since > until:
            self.add_error("until", _("结束的时刻在开始之前，请对调或改正。"))
        if of == self.BATCH and bool(since) != bool(until):
            self.add_error("until" if since else "since", _("起止要都写，或都不写。"))
        if of == self.BATCH and given.get("batch") and not self._batches().filter(pk=given["batch"]).exists():
            self.add_error("batch", _("没有编号为 %(number)s 的批次，或您无权撤销。") % {"number": given["batch"]})
        if of == self.BULK and given.get("bulk"):
            self._check_bulk(given["bulk"])
        return given

    def source(self) -> Source:
        """Return what is taken back, of a form that is valid."""
        given = self.cleaned_data
        # To the minute: that of the end is inside.
        until = given["until"] and given["until"] + timedelta(minutes=1)
        if given["of"] == self.PERSON:
            return OfPerson(given["person"].pk, given["since"], until)
        if given["of"] == self.BATCH:
            return OfBatch(given["batch"], given["since"], until)
        if given["of"] == self.BULK:
            return OfBulkChange(given["bulk"])
        person, collection = given["person"], given["collection"]
        return OfImports(given["since"], until, person and person.pk, collection and collection.pk)

    def words(self) -> str:
        """Return the same as a person reads it."""
        given = self.cleaned_data
        parts = {
            self.PERSON: _("%(name)s 的决定") % {"name": given["person"]},
            self.BATCH: _("批次 %(number)s 起草的草稿") % {"number": given["batch"]},
            self.BULK: _("批量改动 %(number)s") % {"number": given["bulk"]},
            self.IMPORTS: _("导入带来的内容"),
        }
        beside = [given["collection"], given["person"]] if given["of"] == self.IMPORTS else []
        span = _("%(since)s 至 %(until)s") % {"since": _moment(given["since"]), "until": _moment(given["until"])}
        told = [parts[given["of"]], *(str(item) for item in beside if item)]
        return "；".join([*told, span] if given["since"] and given["of"] != self.BULK else told)

    def _batches(self) -> QuerySet[Batch]:
        return Batch.objects.filter(collection__in=policies.publishable_collections(self._user))

    def _check_bulk(self, key: int) -> None:
        found = visible_changes(self._user).filter(pk=key).first()
        if found is None or not can_undo(self._user, found):
            self.add_error("bulk", _("没有编号为 %(number)s 的批量改动，或您无权撤销。") % {"number": key})
        elif found.state == BulkChange.State.PREVIEW or found.is_under_way:
            self.add_error("bulk", _("这次批量改动还没有结束，不能撤销。请先等它完成，或取消它。"))


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def undo(request: HttpRequest) -> HttpResponse:
    """Ask what is to be taken back; prepare it, and lead to its preview."""
    user = signed_in(request)
    if not can_undo_spans(user):
        raise PermissionDenied
    form = UndoForm(request.POST if request.method == "POST" else None, user=user, initial=_first_choices(request))
    if form.is_bound and form.is_valid():
        try:
            allowed = changeable_images(user)
            prepared = prepare_undo(user=user, source=form.source(), allowed=allowed, words=form.words())
        except CatalogError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(reverse("catalog:bulk-change", args=[prepared.pk]))
    return render(request, "catalog/bulk/undo.html", {"form": form}, status=400 if form.is_bound else 200)


def _first_choices(request: HttpRequest) -> dict[str, Any]:
    """Return what a link to the page has chosen, and today as the span."""
    now = timezone.localtime()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    chosen = {name: request.GET[name] for name in ("of", "person", "batch", "collection") if name in request.GET}
    return {"since": midnight, "until": now, **chosen}


def _moment(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d H:i") if moment else ""
