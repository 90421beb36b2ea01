"""Tests of the pages for what leaves the catalogue and comes back."""
