"""Tests of the benchmarks: what they count, never how fast anything is."""
