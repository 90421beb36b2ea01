"""Opening records in the workbench: proposing a selection, taking it back, what stands against it, and the words."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from catalog import policies
from catalog.admin.access import MemberAdmin, is_publisher, signed_in
from catalog.exceptions import CatalogError
from catalog.forms import ClearingForm, ProposalForm
from catalog.models import Image, SensitiveWord
from catalog.querysets import ImageQuerySet
from catalog.records import secrecy
from catalog.records.action_log import record
from catalog.review.disclosure.examinations import Proposal, propose
from catalog.review.disclosure.hints import hints_of
from catalog.review.disclosure.withdrawing import withdraw
from catalog.vocabulary import Disclosure, Verb


class WithdrawalForm(forms.Form):
    """Why records are closed again."""

    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


def propose_view(request: HttpRequest, images: QuerySet[Image], site: admin.AdminSite) -> HttpResponse:
    """Ask what is proposed of the images chosen in the list; make lists for a second examiner.

    Args:
        request: the list's form, with the choice in it.
        images: the choice.
        site: the workbench.

    Returns:
        The question, or the way to the lists.
    """
    user, allowed = signed_in(request), _allowed(request, images)
    form = ProposalForm(request.POST if "begin" in request.POST else None)
    if form.is_bound and form.is_valid():
        try:
            made = propose(images=allowed, proposal=Proposal(**form.cleaned_data), user=user)
        except CatalogError as error:
            form.add_error(None, str(error))
        else:
            address = reverse("catalog:disclosure")
            if len(made) == 1:
                address = reverse("catalog:examination", args=[made[0].pk])
            return HttpResponseRedirect(address)
    text = _(
        "这里只提出初审意见：列成清单，由另一位审核员复审后才生效。仅审核员可见的、疑似涉密的、已在别的清单里的不会列入。"
    )
    return _question(request, images, site, form, title=_("提出开放审核"), text=text, submit=_("提请复审"))


def withdraw_view(request: HttpRequest, images: QuerySet[Image], site: admin.AdminSite) -> HttpResponse:
    """Ask why the images chosen in the list are to be closed; close them.

    Args:
        request: the list's form, with the choice in it.
        images: the choice.
        site: the workbench.

    Returns:
        The question, or the way back to the list.
    """
    user, allowed = signed_in(request), _allowed(request, images)
    form = WithdrawalForm(request.POST if "begin" in request.POST else None)
    if form.is_bound and form.is_valid():
        try:
            number = withdraw(images=allowed, user=user, reason=form.cleaned_data["reason"])
        except CatalogError as error:
            form.add_error(None, str(error))
        else:
            text = ngettext("已撤回 %(n)d 幅，不再公开。", "已撤回 %(n)d 幅，不再公开。", number) % {"n": number}
            messages.success(request, text)
            return HttpResponseRedirect(request.get_full_path())
    text = _("所选图像里已开放的回到“未审核”，立即不再公开；再次开放须重新经过初审和复审。")
    return _question(request, images, site, form, title=_("撤回开放"), text=text, submit=_("撤回"))


def _allowed(request: HttpRequest, images: QuerySet[Image]) -> ImageQuerySet:
    # From the policies again: the list's own queryset carries what the list shows.
    return policies.examinable_images(request.user).filter(pk__in=images.order_by().values("pk"))


def _question(
    request: HttpRequest,
    images: QuerySet[Image],
    site: admin.AdminSite,
    form: forms.Form,
    *,
    title: str,
    text: str,
    submit: str,
) -> HttpResponse:
    count = _allowed(request, images).count()
    context = {
        **site.each_context(request),
        "title": title,
        "text": text,
        "submit": submit,
        "form": form,
        "opts": Image._meta,  # noqa: SLF001 - Django's templates want it
        "count": count,
        "left_out": images.count() - count,
        "action": request.POST.get("action", ""),
        "select_across": request.POST.get("select_across", "0"),
        "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "chosen_name": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/catalog/image/chosen.html", context)


class ImageDisclosure(admin.ModelAdmin[Image]):
    """Adds to a record's page what is open of it, what speaks against that, and the way out of a hold."""

    def get_urls(self) -> list[URLPattern]:
        """Add the address that the clearing of a hold is posted to."""
        view = self.admin_site.admin_view(self.clear_view)
        return [path("<int:object_id>/secrecy/", view, name="catalog_image_secrecy"), *super().get_urls()]

    def disclosure_context(
        self, request: HttpRequest, found: Image, form: ClearingForm | None = None
    ) -> dict[str, Any]:
        """Return what the page shows of the record's disclosure.

        Args:
            request: of a member.
            found: the record.
            form: what was sent and not accepted; None for an empty form.
        """
        may_clear = found.secrecy_hold and policies.can_clear_secrecy(request.user, found)
        return {
            "hints": hints_of([found])[found.pk],
            "marks": list(found.secrecy_marks.select_related("cleared_by")),
            "clearing_form": (form or ClearingForm()) if may_clear else None,
            "not_for_secrets": secrecy.NOT_FOR_SECRETS,
            "is_deferred": found.disclosure == Disclosure.DEFERRED,
        }

    @method_decorator(require_POST)
    def clear_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Let a held record go on, for a reason; come back with what was written where it is refused."""
        found = self.get_object(request, str(object_id))
        if found is None:
            raise Http404
        if not policies.can_clear_secrecy(request.user, found):
            raise PermissionDenied
        form = ClearingForm(request.POST)
        address = reverse("admin:catalog_image_change", args=[found.pk])
        if not form.is_valid():
            messages.error(request, " ".join(str(errors[0]) for errors in form.errors.values()))
            return HttpResponseRedirect(f"{address}#disclosure")
        try:
            secrecy.clear(image=found, user=signed_in(request), **form.cleaned_data)
        except CatalogError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("已解除停用，可以继续著录；是否开放另行审核。"))
        return HttpResponseRedirect(f"{address}#disclosure")


@admin.register(SensitiveWord)
class SensitiveWordAdmin(MemberAdmin[SensitiveWord]):
    """The words by which hints are found; whoever examines any collection edits them."""

    list_display = ("word", "kind", "is_active")
    list_filter = ("kind", "is_active")
    search_fields = ("word",)
    list_per_page = 100

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let examiners add words."""
        return is_publisher(request)

    def has_change_permission(self, request: HttpRequest, obj: SensitiveWord | None = None) -> bool:
        """Let examiners change words."""
        return self.has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: SensitiveWord | None = None) -> bool:
        """Let examiners take words away."""
        return self.has_add_permission(request)

    def save_model(self, request: HttpRequest, obj: SensitiveWord, form: Any, change: bool) -> None:
        """Save with an entry in the log."""
        super().save_model(request, obj, form, change)
        details: dict[str, Any] = {"word": obj.word, "kind": obj.kind, "is_active": obj.is_active}
        record(verb=Verb.WORDS_CHANGED, user=signed_in(request), **details)

    def delete_model(self, request: HttpRequest, obj: SensitiveWord) -> None:
        """Delete with an entry in the log."""
        record(verb=Verb.WORDS_CHANGED, user=signed_in(request), word=obj.word, kind=obj.kind, deleted=True)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SensitiveWord]) -> None:
        """Delete a selection with one entry in the log."""
        words = list(queryset.values_list("word", flat=True))
        record(verb=Verb.WORDS_CHANGED, user=signed_in(request), words=words, deleted=True)
        super().delete_queryset(request, queryset)
