"""The public face of the model service's models."""

from inference.models.api_keys import ApiKey, Scope
from inference.models.exchanges import Exchange, Owner, Picture

__all__ = ["ApiKey", "Exchange", "Owner", "Picture", "Scope"]
