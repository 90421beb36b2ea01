"""Tests of what the catalogue's commands have in common."""
