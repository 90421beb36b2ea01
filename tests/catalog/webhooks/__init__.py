"""Tests of telling other systems of events."""
