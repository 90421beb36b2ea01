"""Tests of the model service's pages and probes."""
