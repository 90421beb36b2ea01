"""The model service's commands."""
