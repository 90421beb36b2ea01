"""The record of an image: its annotations and columns, numbers, near-duplicate group, fixity, and the action log.

Owns the one writer of annotations (`annotations`) and the one writer of the log (`action_log`). Every room above calls
it: batches of drafts, imports, people's decisions. It never asks a model, never opens a picture to look at it, and
never decides who may do something: callers ask `catalog.policies` first.
"""
