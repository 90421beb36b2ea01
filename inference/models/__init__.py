"""The public face of the model service's models."""

from inference.models.api_keys import ApiKey, Scope

__all__ = ["ApiKey", "Scope"]
