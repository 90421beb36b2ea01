"""The language of a page: Simplified Chinese unless this visitor chose another with the switch."""

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation


class ChosenLanguageMiddleware(LocaleMiddleware):
    """Django's, but deaf to ``Accept-Language``.

    An archive's colleagues see Chinese even where a browser was installed in English; only the language switch
    (which sets the cookie) changes that.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language of the cookie, or the site's own.

        Args:
            request: gets ``LANGUAGE_CODE``.
        """
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()
