"""Tests of packages that leave the catalogue."""
