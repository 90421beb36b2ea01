"""开放审核: which records the public may see is proposed by one person (初审) and confirmed by another (复审).

Owns lists of records between the two (`examinations`), what is done with each of their records (`deciding`), the hints
that speak against opening one (`hints`), and taking back what was opened (`withdrawing`). Called by pages and the admin
on behalf of people whose right to it they have asked of `catalog.policies`; long lists are worked off by the worker
(`catalog.review.jobs`). It opens nothing by itself, be it that a deferral is over, and lets no machine decide.
"""
