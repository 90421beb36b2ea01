"""Benchmarks. ``make bench`` runs them all; each prints one line of JSON for each figure."""
