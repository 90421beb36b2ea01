"""Template tag: the table of the image list. Django's own asks for each cell what kind of column it stands in."""

from typing import Any

from django import template
from django.contrib.admin.templatetags.admin_list import ResultList, result_headers

register = template.Library()


@register.inclusion_tag("admin/change_list_results.html")
def image_table(cl: Any) -> dict[str, Any]:
    """Return what Django's template of a list's table takes; each row is one piece.

    Args:
        cl: the list, whose admin makes rows.
    """
    headers, row_of = list(result_headers(cl)), cl.model_admin.row
    return {
        "cl": cl,
        "result_headers": headers,
        "num_sorted_fields": sum(bool(header["sortable"] and header["sorted"]) for header in headers),
        "results": [ResultList(None, [row_of(image, cl.url_for_result(image))]) for image in cl.result_list],
    }
