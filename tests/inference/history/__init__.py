"""Tests of what is kept of questions."""
