"""Tests of how the site runs as a process."""
