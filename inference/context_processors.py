"""Gives every page what it has to say about the model."""

from django.http import HttpRequest

from inference.labels import demo_notice


def model_notice(request: HttpRequest) -> dict[str, str | None]:
    """Offer the notice about the demo model to templates.

    Args:
        request: not used; the notice is the same for everybody.

    Returns:
        ``model_notice``: a line, or None where there is nothing to say.
    """
    return {"model_notice": demo_notice()}
