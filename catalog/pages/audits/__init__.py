"""The pages about audits: planning them, judging their samples, deciding about their lots, and their reports.

Every page asks `catalog.review.policies` and calls one function of `catalog.review.acceptance`.
"""
