"""Packages: the list, and one of them: what is told before it is made, how far it is, what may be done with it."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalog.exceptions import CatalogError
from catalog.exchange.packages import ordering
from catalog.exchange.packages.policies import can_direct, can_stop, visible_packages
from catalog.faults import disk_reason
from catalog.models import Package
from catalog.pages.exchange.packages.told import Told, progress_of, told_of
from catalog.pages.listing import paginate
from catalog.pages.members import member_page, signed_in

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PER_PAGE = 30
BEGIN, RESUME, CANCEL, REMOVE = "begin", "resume", "cancel", "remove"


@require_safe
@member_page
def overview(request: HttpRequest) -> HttpResponse:
    """List the packages that the user may know of, the newest first."""
    user = signed_in(request)
    packages = visible_packages(user).select_related("user").defer("images", "report", "layout").order_by("-pk")
    page, pages = paginate(packages, request.GET.get("page"), per_page=PER_PAGE)
    rows = [Told.of(package) for package in page.object_list]
    context = {"rows": rows, "page_obj": page, "pages": pages}
    return render(request, "catalog/exchange/packages/overview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def package(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one package; begin it, go on with it, stop it, or take it off the disk."""
    user = signed_in(request)
    found = get_object_or_404(visible_packages(user).select_related("user").defer("images"), pk=pk)
    if request.method == "POST":
        try:
            _act(request, user, found)
        except CatalogError as error:
            messages.error(request, str(error))
        except OSError as error:
            messages.error(request, _("没有删干净：%(reason)s。") % {"reason": disk_reason(error)})
        return HttpResponseRedirect(found.get_absolute_url())
    return render(request, "catalog/exchange/packages/package.html", told_of(user, found))


@require_safe
@member_page
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how far a package is, for the script that keeps its page fresh."""
    user = signed_in(request)
    return JsonResponse(progress_of(user, get_object_or_404(visible_packages(user).defer("images"), pk=pk)))


def _act(request: HttpRequest, user: "User", found: Package) -> None:
    """Do what was asked for.

    Raises:
        CatalogError: it cannot be done.
        OSError: the disk says no.
        PermissionDenied: it is not for this user to do.
    """
    action: Any = request.POST.get("action", "")
    allowed = {BEGIN: can_direct, RESUME: can_direct, CANCEL: can_stop, REMOVE: can_stop}
    if action not in allowed:
        messages.error(request, _("没有这个操作。请从页面上的按钮里选一个。"))
        return
    if not allowed[action](user, found):
        raise PermissionDenied
    if action == BEGIN:
        chosen = request.POST.get("wrong_names", "")
        known = chosen if chosen in Package.WrongNames.values else ""
        ordering.begin(package=found, wrong_names=Package.WrongNames(known))
    elif action == RESUME:
        ordering.resume(package=found)
    elif action == CANCEL:
        ordering.cancel(package=found, user=user)
        messages.success(request, _("已取消，没有留下不完整的包。"))
    else:
        ordering.remove(package=found)
        messages.success(request, _("已从磁盘上删除。"))
