"""Template filters of the pages about audits: shares and limits as people read them."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from catalog.review.acceptance.intervals import Interval
from catalog.review.acceptance.report import Estimate

register = template.Library()


@register.filter
def percent(share: float | None, places: int = 1) -> str:
    """Return a share in per cent; a dash where there is none.

    Args:
        share: from 0 to 1.
        places: digits after the point.
    """
    return "—" if share is None else f"{number_format(100 * share, places)}%"


@register.filter
def limits(interval: Interval | None) -> str:
    """Return the limits of a share; a dash where there are none.

    Args:
        interval: the limits.
    """
    if interval is None:
        return "—"
    return _("%(low)s～%(high)s") % {"low": percent(interval.low), "high": percent(interval.high)}


@register.filter
def of_judged(estimate: Estimate) -> str:
    """Return a share with what it is made of.

    Args:
        estimate: the share.
    """
    ratio = estimate.ratio
    if not ratio.judged:
        return "—"
    words = {"share": percent(ratio.share), "hits": ratio.hits, "judged": ratio.judged}
    return _("%(share)s（%(hits)d/%(judged)d）") % words


@register.filter
def hours(seconds: float) -> str:
    """Return a time in hours.

    Args:
        seconds: the time.
    """
    return number_format(seconds / 3600, 1)
