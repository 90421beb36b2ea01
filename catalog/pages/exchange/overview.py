"""What left the catalogue and what comes back: one page for members, with their own exports."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.exchange.exports.policies import fetching, visible_exports
from catalog.pages.exchange.told import told_of
from catalog.pages.listing import paginate
from catalog.pages.members import member_page, signed_in

PER_PAGE = 30


@require_safe
@member_page
def overview(request: HttpRequest) -> HttpResponse:
    """List the exports that the user may know of, the newest first, and what else can be done here."""
    user = signed_in(request)
    exports = visible_exports(user).select_related("user").order_by("-created_at", "pk")
    page, pages = paginate(exports, request.GET.get("page"), per_page=PER_PAGE)
    may = fetching(user)
    rows = [told_of(export, allowed=may(export)) for export in page.object_list]
    return render(request, "catalog/exchange/overview.html", {"rows": rows, "page_obj": page, "pages": pages})
