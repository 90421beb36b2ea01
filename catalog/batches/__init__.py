"""Runs over many images: which ones, who works on which, what became of each, and how far it all is.

Owns batches and their items: selection, leases, attempts, the pool of threads, progress, failures, and one
representative for each near-duplicate group. What is done with an image it does not know: drafting and reading hand in
a `attempts.Work` and a `queues.Queue`. It never asks a model itself and writes no annotations but those offered to
near-duplicates.
"""
