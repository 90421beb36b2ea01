"""Beginning a batch in the workbench: of a whole collection, or of the images chosen in the list; drafted or read."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import policies
from catalog.admin.access import signed_in, works
from catalog.batches.lifecycle import open_batch, open_chosen
from catalog.exceptions import CatalogError
from catalog.models import Batch, Collection, Image, Prompt, PromptVersion
from catalog.vocabulary import Selection
from inference.errors import sentence
from inference.reader import ReaderMissing

_LARGEST = 2**31 - 1
READING = "read"
"""The task of reading the writing on images, beside those that prompts stand for."""


class DraftForm(forms.Form):
    """What every batch is asked for."""

    prompt = forms.ChoiceField(
        label=gettext_lazy("任务"),
        help_text=gettext_lazy("提示词用最新版本，由大模型起草；识读文字不用大模型，结果写成“文字转录”草稿。"),
    )
    replace_accepted = forms.BooleanField(
        required=False,
        label=gettext_lazy("也重新起草已采用的 AI 内容"),
        help_text=gettext_lazy("只限未经人改动的；采用新草稿之前，原来的内容不变。人写的、改过的从不重新起草。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        prompts = [(str(prompt.pk), prompt.name) for prompt in Prompt.objects.filter(versions__isnull=False).distinct()]
        tasks = [*prompts, (READING, _("识读图上的文字"))]
        self.fields["prompt"].choices = tasks  # type: ignore[attr-defined]  # it chooses

    def version(self) -> PromptVersion | None:
        """Return the wording chosen; None where writing is to be read."""
        chosen = self.cleaned_data["prompt"]
        return None if chosen == READING else Prompt.objects.get(pk=chosen).current

    def clean(self) -> dict[str, Any]:
        """Refuse what makes no sense where writing is read."""
        given = super().clean() or self.cleaned_data
        if given.get("prompt") != READING:
            return given
        if given.get("replace_accepted"):
            self.add_error("replace_accepted", _("识读文字不改动已采用的内容，请取消这一项。"))
        if given.get("selection", Selection.ALL) not in Selection.of_a_reading():
            self.add_error("selection", _("识读文字只能选“缺少的”或“全部”。"))
        return given


class StartForm(DraftForm):
    """A batch of a whole collection."""

    collection = forms.ModelChoiceField(
        queryset=Collection.objects.none(), to_field_name="slug", label=gettext_lazy("馆藏")
    )
    selection = forms.ChoiceField(
        choices=[
            (Selection.MISSING.value, gettext_lazy("缺少的：还没有内容、也没有草稿的（识读文字时：还没有识读过的）")),
            (Selection.REJECTED.value, gettext_lazy("退回的：草稿被退回、还没有新内容的")),
            (Selection.OUTDATED.value, gettext_lazy("旧版提示词起草的：草稿出自较早版本的")),
            (Selection.ALL.value, gettext_lazy("全部：待审的 AI 草稿都换成新的")),
        ],
        widget=forms.RadioSelect,
        initial=Selection.MISSING.value,
        label=gettext_lazy("范围"),
    )
    older_than = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=_LARGEST,
        label=gettext_lazy("早于第几版"),
        help_text=gettext_lazy("只用于“旧版提示词起草的”；留空表示早于最新版。"),
    )
    limit = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=_LARGEST,
        label=gettext_lazy("最多几幅"),
        help_text=gettext_lazy("可先用几十幅试一试。"),
    )

    field_order = ("collection", "prompt", "selection", "older_than", "limit", "replace_accepted")

    def __init__(self, *args: Any, collections: QuerySet[Collection], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["collection"].queryset = collections.order_by("slug")  # type: ignore[attr-defined]  # it chooses


def start_view(request: HttpRequest, site: admin.AdminSite) -> HttpResponse:
    """Show the form that begins a batch of a collection; begin it.

    Args:
        request: of a member.
        site: the workbench.

    Returns:
        The form, or the way to the batch's page.
    """
    user = signed_in(request)
    if not works(request):
        raise PermissionDenied
    mine = policies.working_collections(user)
    form = StartForm(request.POST or None, collections=mine, initial=_first_choices(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if not policies.can_draft(user, given["collection"]):
            raise PermissionDenied
        try:
            batch = open_batch(
                collection=given["collection"],
                version=form.version(),
                selection=given["selection"],
                older_than=given["older_than"],
                limit=given["limit"],
                replace_accepted=given["replace_accepted"],
                background=True,
                user=user,
            )
        except CatalogError as error:
            form.add_error(None, str(error))
        except ReaderMissing as error:
            form.add_error(None, sentence(error))
        else:
            if batch is not None:
                return HttpResponseRedirect(reverse("admin:catalog_batch_change", args=[batch.pk]))
            form.add_error(None, _("这个范围里没有需要处理的图像。"))
    context = {**site.each_context(request), "title": _("建立批次"), "form": form, "opts": Batch._meta}  # noqa: SLF001 - Django's own pages take it
    return TemplateResponse(request, "admin/catalog/batch/start.html", context)


def chosen_view(request: HttpRequest, images: QuerySet[Image], site: admin.AdminSite) -> HttpResponse:
    """Ask how the images chosen in the list are to be drafted; begin their batches.

    Args:
        request: the list's form, with the choice in it.
        images: the choice.
        site: the workbench.

    Returns:
        The question, or the way to the batches.
    """
    user = signed_in(request)
    # From the policies again: the list's own queryset carries what the list shows.
    allowed = policies.reviewable_images(user).filter(pk__in=images.order_by().values("pk"))
    form = DraftForm(request.POST if "begin" in request.POST else None)
    if form.is_bound and form.is_valid():
        opened = open_chosen(
            images=allowed,
            version=form.version(),
            replace_accepted=form.cleaned_data["replace_accepted"],
            user=user,
        )
        messages.success(request, _("已建立 %(number)d 个批次，由后台进程处理。") % {"number": len(opened)})
        if len(opened) == 1:
            return HttpResponseRedirect(reverse("admin:catalog_batch_change", args=[opened[0].pk]))
        return HttpResponseRedirect(reverse("admin:catalog_batch_changelist"))
    context = {
        **site.each_context(request),
        "title": _("处理所选图像"),
        "form": form,
        "opts": Image._meta,  # noqa: SLF001 - Django's templates want it
        "count": allowed.count(),
        "action": request.POST.get("action", ""),
        "select_across": request.POST.get("select_across", "0"),
        "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "chosen_name": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/catalog/batch/chosen.html", context)


def _first_choices(request: HttpRequest) -> dict[str, str]:
    """Return what a link to the form has chosen already."""
    return {name: request.GET[name] for name in ("collection", "prompt") if name in request.GET}
