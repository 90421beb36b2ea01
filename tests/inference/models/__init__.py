"""The model service's models."""
