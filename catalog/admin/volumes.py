"""The page on which a selection of images gets its 册号."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog import policies
from catalog.admin.access import signed_in
from catalog.models import Image
from catalog.records import entries

_LONGEST = 40


class VolumeForm(forms.Form):
    """The 册号 that all of a selection get."""

    volume = forms.CharField(
        label=gettext_lazy("册号"),
        required=False,
        max_length=_LONGEST,
        help_text=gettext_lazy("留空则去掉所选图像的册号。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )


def volume_view(request: HttpRequest, images: QuerySet[Image], site: admin.AdminSite) -> HttpResponse | None:
    """Ask which 册号 the images chosen in the list get; write it.

    Args:
        request: the list's form, with the choice in it.
        images: the choice.
        site: the workbench.

    Returns:
        The question; None where it is done, back to the list.
    """
    # From the policies again: the list's own queryset carries what the list shows.
    allowed = policies.reviewable_images(request.user).filter(pk__in=images.order_by().values("pk"))
    form = VolumeForm(request.POST if "write" in request.POST else None)
    if form.is_bound and form.is_valid():
        refused = images.count() - allowed.count()
        changed = entries.change_images(images=allowed, user=signed_in(request), changes=form.cleaned_data)
        words = ngettext("已改 %(n)d 幅图像的册号。", "已改 %(n)d 幅图像的册号。", changed)
        messages.success(request, words % {"n": changed})
        if refused:
            messages.warning(request, _("另有 %(n)d 幅未改：不由您负责。") % {"n": refused})
        return None
    context = {
        **site.each_context(request),
        "title": _("填写册号"),
        "form": form,
        "opts": Image._meta,  # noqa: SLF001 - Django's templates want it
        "count": allowed.count(),
        "action": request.POST.get("action", ""),
        "select_across": request.POST.get("select_across", "0"),
        "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "chosen_name": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/catalog/image/volume.html", context)
