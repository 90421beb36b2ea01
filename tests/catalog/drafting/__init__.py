"""Tests of asking the model and reading its answers."""
