"""Tests of the model service in the admin."""
