"""Acceptance by sample: how large a sample of a lot has to be, which units are in it, what its verdicts prove.

A *lot* is a set of units that were made alike; a *unit* is one field of one record; a lot is accepted where no more
than `c` of `n` units drawn from it are wrong. `plans`, `hypergeometric`, `intervals`, `draws` and `figures` are
arithmetic and know numbers and keys only; the other modules own the tables of audits. The pages and the worker call
them. Who may is asked by the pages, of `catalog.review.policies`; that judges are independent and accept nothing of
what they judged is looked at here again.
"""
