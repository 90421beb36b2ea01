"""Tests of how date texts are read."""
