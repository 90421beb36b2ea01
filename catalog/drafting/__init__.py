"""The model's proposals: the question about an image, its answer parsed and grounded, and the drafts of a batch.

Owns prompts and their versions, what the model is told and asked, the parsing of its answers, trials of a wording and
an institution's evaluation of a model. Batches call it through `drafting.Drafting`, the worker through `jobs`. It
writes drafts only, through `catalog.records.annotations`, and never holds a transaction while the model answers.
"""
