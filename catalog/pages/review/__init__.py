"""The review page, `/review/`, and the calls that its script makes.

It owns what the page is told and how it is said; what is decided, held, undone and counted is `catalog.review`'s.
Called by addresses only.
"""
