"""Tests of connections to web sites that the settings name."""
