"""Tests of reading and keeping imported files."""
