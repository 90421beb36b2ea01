"""Tests of the backend that asks another server."""
