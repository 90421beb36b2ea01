"""Presets of columns, `/exchange/presets/`: what there are, what one says, making one of a template, and its check."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from catalog import policies
from catalog.exceptions import PresetRefused
from catalog.exchange.presets import composing, keeping
from catalog.exchange.presets import policies as preset_policies
from catalog.exchange.presets.checks import dropped_label_warning, examine
from catalog.exchange.presets.definitions import Unit
from catalog.exchange.presets.house_templates import LARGEST, preset_from, read_template
from catalog.exchange.presets.sources import SOURCES, choices
from catalog.pages.exchange import preset_form
from catalog.pages.listing import readable_query
from catalog.pages.members import member_page, signed_in

COLLECTION = "collection"
_NEW = "new"


class TemplateForm(forms.Form):
    """The empty import template of the house's own system."""

    template = forms.FileField(
        label=gettext_lazy("导入模板"),
        help_text=gettext_lazy("XLSX、XLS 或 CSV，带表头的空表，最多 5 MB。"),
        error_messages={"required": gettext_lazy("请选择导入模板文件。"), "empty": gettext_lazy("这是一个空文件。")},
    )
    name = forms.CharField(
        label=gettext_lazy("名称"),
        max_length=120,
        help_text=gettext_lazy("例如“某某档案管理系统 2023 版”。"),
        error_messages={"required": gettext_lazy("请给这个预设起一个名称。")},
    )
    line = forms.IntegerField(
        label=gettext_lazy("表头在第几行"),
        required=False,
        min_value=1,
        max_value=20,
        help_text=gettext_lazy("留空则自动识别。"),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


@require_safe
@member_page
def presets(request: HttpRequest) -> HttpResponse:
    """List the presets that exports can be made by."""
    context = {"presets": keeping.presets(), "may_change": preset_policies.can_change(request.user)}
    return render(request, "catalog/exchange/presets/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def new(request: HttpRequest) -> HttpResponse:
    """Make a preset of the house's template."""
    if not preset_policies.can_change(request.user):
        raise PermissionDenied
    sent = request.method == "POST"
    form = TemplateForm(request.POST, request.FILES) if sent else TemplateForm()
    if sent and form.is_valid() and (made := _made(request, form)) is not None:
        return HttpResponseRedirect(reverse("catalog:preset", args=[made]))
    return render(request, "catalog/exchange/presets/new.html", {"form": form}, status=400 if sent else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def preset(request: HttpRequest, preset: str) -> HttpResponse:
    """Show a preset; write it, give a shipped one back, or delete an own one.

    Args:
        request: the request.
        preset: its key.

    Raises:
        Http404: there is none.
        PermissionDenied: the user may not write presets.
    """
    kept = _kept(preset)
    may_change = preset_policies.can_change(request.user)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    form, error = preset_form.form_of(kept.preset, kept.revision), ""
    if request.method == "POST":
        if request.POST.get("action") == "delete":
            return _deleted(request, kept)
        form = preset_form.form_sent(request.POST)
        try:
            keeping.change(preset=preset_form.preset_sent(form, kept.preset), user=signed_in(request), seen=form.seen)
            messages.success(request, _("已保存。"))
            return HttpResponseRedirect(request.get_full_path())
        except PresetRefused as refused:
            error = str(refused)
            # Who was told that somebody else wrote meanwhile may write over it, now that they know.
            form = preset_form.PresetForm(form.head, form.rows, kept.revision)
    context: dict[str, Any] = {
        "kept": kept,
        "preset": kept.preset,
        "form": form,
        "error": error,
        "may_change": may_change,
        "sources": choices(),
        "labels": {key: source.label for key, source in SOURCES.items()},
        "units": Unit.choices,
        "names": "、".join(f"{{{name}}}" for name in composing.NAMES),
        "warning": dropped_label_warning() if kept.preset.drops_label else "",
        **preset_form.choices(),
    }
    return render(request, "catalog/exchange/presets/preset.html", context, status=400 if error else 200)


@require_safe
@member_page
def check(request: HttpRequest, preset: str) -> HttpResponse:
    """Say of a collection what a table by a preset would lack.

    Args:
        request: the request; `collection` names it.
        preset: the preset's key.

    Raises:
        Http404: there is no such preset.
    """
    kept = _kept(preset)
    user = signed_in(request)
    collections = list(policies.member_collections(user).order_by("title", "pk"))
    slug = readable_query(request).get(COLLECTION, "")
    chosen = next((one for one in collections if one.slug == slug), None)
    context: dict[str, Any] = {"kept": kept, "preset": kept.preset, "collections": collections, "collection": chosen}
    if chosen is not None:
        context["findings"] = examine(kept.preset, policies.member_images(user).filter(collection=chosen))
    return render(request, "catalog/exchange/presets/check.html", context)


def _kept(key: str) -> keeping.KeptPreset:
    try:
        return keeping.preset_named(key)
    except PresetRefused as error:
        raise Http404(str(error)) from error


def _made(request: HttpRequest, form: TemplateForm) -> str | None:
    """Make the preset; return its key, or None where the form says what is amiss."""
    file = form.cleaned_data["template"]
    try:
        template = read_template(file.read(LARGEST + 1), name=file.name, line=form.cleaned_data["line"])
        made = preset_from(template, key=keeping.free_key(file.name), name=form.cleaned_data["name"])
        keeping.create(preset=made, user=signed_in(request))
    except PresetRefused as error:
        form.add_error("template", str(error))
        return None
    known = sum(bool(column.source) for column in made.columns)
    words = _("读到 %(columns)d 栏，认出 %(known)d 栏。请逐栏核对来源，补上固定内容和对照表，再保存。")
    messages.success(request, words % {"columns": len(made.columns), "known": known})
    if template.below:
        messages.warning(request, _("表头下面还有 %(n)d 行（示例或说明），没有带进预设。") % {"n": template.below})
    return made.key


def _deleted(request: HttpRequest, kept: keeping.KeptPreset) -> HttpResponse:
    keeping.delete(key=kept.preset.key, user=signed_in(request))
    if kept.is_shipped:
        messages.success(request, _("已恢复为随附的样子。"))
        return HttpResponseRedirect(request.get_full_path())
    messages.success(request, _("已删去预设“%(name)s”。以前按它导出的文件不受影响。") % {"name": kept.preset.name})
    return HttpResponseRedirect(reverse("catalog:presets"))
