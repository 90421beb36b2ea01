"""Fixity in the admin: the rounds of reading masters again. What is wrong with which scan, the list of scans says."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog import policies
from catalog.admin.access import ReadOnlyAdmin
from catalog.models import FixityCheck
from catalog.vocabulary import Fixity


@admin.register(FixityCheck)
class FixityCheckAdmin(ReadOnlyAdmin[FixityCheck]):
    """The rounds, each with what it found; for administrators, since a round goes through all collections."""

    list_display = (
        "started_at", "finished_at", "checked", "intact", "damaged", "replaced", "missing", "unreadable", "verdict",
    )  # fmt: skip
    fields = (*list_display[:-1], "verdict")
    readonly_fields = fields

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the list to administrators."""
        return policies.is_administrator(request.user)

    def has_view_permission(self, request: HttpRequest, obj: FixityCheck | None = None) -> bool:
        """Let administrators read."""
        return policies.is_administrator(request.user)

    @admin.display(description=_("结论"))
    def verdict(self, obj: FixityCheck) -> SafeString | str:
        """Return whether all was well, leading to the scans that are not; of a round without an end nobody knows."""
        if not obj.faulty:
            return gettext("全部完好") if obj.finished_at else gettext("未完成")
        wrong = ",".join(state.value for state in Fixity if state not in (Fixity.UNKNOWN, Fixity.INTACT))
        address = reverse("admin:catalog_imagefile_changelist", query={"fixity__in": wrong})
        sentence = gettext("%(count)s 个有问题") if obj.finished_at else gettext("未完成，已有 %(count)s 个有问题")
        words = sentence % {"count": obj.faulty}
        return format_html('<a class="state state-bad" href="{}">{}</a>', address, words)
