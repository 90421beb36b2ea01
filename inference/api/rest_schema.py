"""How named keys are told of in the description of the REST interface; importing it is enough."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library has no types
    """Says in the description of the interface how a key is sent."""

    target_class = "inference.api.rest.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return OpenAPI's security scheme.

        Args:
            auto_schema: not used.
        """
        return {
            "type": "http",
            "scheme": "bearer",
            "description": _("管理员在“API 密钥”里发放的密钥；读取需要“读取目录”权限，写入需要“写入目录”权限。"),
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library has no types
    """Says in the description of the interface that the pages' session serves as well."""

    target_class = "inference.api.rest.PageSession"
    name = "cookieAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return OpenAPI's security scheme.

        Args:
            auto_schema: not used.
        """
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
