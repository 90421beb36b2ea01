"""The record of an image: its annotations and columns, numbers, near-duplicate group, fixity, and the action log.

Owns the one writer of annotations (`annotations`) and the one writer of the log (`action_log`). Called by the rooms
that change records: drafting, reading, importing, review, batches, knowledge; and by commands. It never asks a model,
never opens a picture to look at it, and never decides who may do something: callers ask `catalog.policies` first.
"""
