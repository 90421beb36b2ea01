"""Decisions about many records at once."""
