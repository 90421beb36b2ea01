"""A new package: which records, by the reviewers' filters, and what it is to be."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from catalog import policies
from catalog.exceptions import CatalogError
from catalog.exchange.packages import exiftool
from catalog.exchange.packages.layouts import layout_for, offered
from catalog.exchange.packages.ordering import order
from catalog.exchange.packages.orders import Order
from catalog.filters import ReviewFilter
from catalog.models import Image, Package
from catalog.pages.listing import readable_query
from catalog.pages.members import member_page, signed_in
from catalog.querysets import ImageQuerySet

_FIRST = ("q", "collection", "status", "photo_group")
"""Filters that are always on the page; the others are folded away until one is used."""


class PackageForm(forms.Form):
    """What a package is to be."""

    kind = forms.ChoiceField(
        choices=[
            (
                Package.Kind.ATTACH,
                gettext_lazy("挂接包：按档号命名的扫描件，旁边一张带路径和摘要的目录表，供档案系统挂接"),
            ),
            (
                Package.Kind.BAG,
                gettext_lazy("BagIt 移交包：扫描件、XLSX、JSON，每幅一份 XML，带摘要清单，供移交和长期保存"),
            ),
            (
                Package.Kind.COPIES,
                gettext_lazy("嵌入说明的副本：把题名、说明、人物等写进副本的 XMP 和 IPTC，供出版、发稿"),
            ),
        ],
        initial=Package.Kind.ATTACH,
        widget=forms.RadioSelect,
        label=gettext_lazy("做成"),
        error_messages={
            "required": gettext_lazy("请选择做成哪一种包。"),
            "invalid_choice": gettext_lazy("没有这种包，请从列出的里选。"),
        },
    )
    grouping = forms.ChoiceField(
        choices=Package.Grouping.choices,
        initial=Package.Grouping.VOLUME,
        widget=forms.RadioSelect,
        label=gettext_lazy("文件夹"),
        error_messages={
            "required": gettext_lazy("请选择怎样分文件夹。"),
            "invalid_choice": gettext_lazy("不能这样分文件夹，请从列出的里选。"),
        },
    )
    table = forms.ChoiceField(
        choices=Package.Table.choices,
        initial=Package.Table.XLSX,
        widget=forms.RadioSelect,
        label=gettext_lazy("目录表"),
        error_messages={
            "required": gettext_lazy("请选择目录表的格式。"),
            "invalid_choice": gettext_lazy("没有这种目录表，请从列出的里选。"),
        },
    )

    preset = forms.ChoiceField(
        choices=offered,
        required=False,
        label=gettext_lazy("目录表的栏目"),
        error_messages={"invalid_choice": gettext_lazy("没有这套栏目，请从列出的里选。")},
    )

    def ordered(self, selection: str, images: ImageQuerySet) -> Order:
        """Return what is ordered.

        Args:
            selection: which records, in words.
            images: the records.

        Raises:
            CatalogError: there are no such columns any more.
        """
        given = self.cleaned_data
        return Order(
            Package.Kind(given["kind"]),
            Package.Grouping(given["grouping"]),
            Package.Table(given["table"]),
            layout=layout_for(given["preset"], images),
            selection=selection,
        )


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def choose(request: HttpRequest) -> HttpResponse:
    """Show what the filter chooses; order a package of it, which is looked over before anything is written."""
    user = signed_in(request)
    narrowed = ReviewFilter(readable_query(request), queryset=policies.member_images(user), request=request)
    form = PackageForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not narrowed.is_valid():
            form.add_error(None, _("筛选条件有误，没有开始。请先改正筛选条件。"))
        elif form.is_valid():
            try:
                images: ImageQuerySet = narrowed.qs
                what = form.ordered(narrowed.in_words or _("全部记录"), images)
                made = order(user=user, images=images, what=what)
            except CatalogError as error:
                form.add_error(None, str(error))
            else:
                return HttpResponseRedirect(made.get_absolute_url())
    return render(
        request,
        "catalog/exchange/packages/choose.html",
        _context(narrowed, form),
        status=400 if request.method == "POST" else 200,
    )


def _context(narrowed: ReviewFilter, form: PackageForm) -> dict[str, Any]:
    found: ImageQuerySet = narrowed.qs if narrowed.is_valid() else Image.objects.none()
    fields = list(narrowed.form)
    more = [field for field in fields if field.name not in _FIRST]
    return {
        "filter": narrowed,
        "first_filters": sorted(
            (field for field in fields if field.name in _FIRST), key=lambda field: _FIRST.index(field.name)
        ),
        "more_filters": more,
        "more_is_open": any(field.errors or field.value() for field in more),
        "form": form,
        "number": found.count(),
        "held": found.filter(secrecy_hold=True).count(),
        "no_exiftool": "" if exiftool.version() else exiftool.HOW_TO_INSTALL,
    }
