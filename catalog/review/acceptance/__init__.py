"""Acceptance by sample: how large a sample of a lot has to be, which units are in it, what its verdicts prove.

Arithmetic only: it knows numbers and keys, no models and no database. A *lot* is a set of units that were made alike; a
*unit* is one field of one record; a lot is accepted where no more than `c` of `n` units drawn from it are wrong.
"""
