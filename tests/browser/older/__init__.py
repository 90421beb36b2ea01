"""Trials of the pages in the oldest browsers that they are made for: ``make test-browsers``, outside CI.

Playwright drives its own versions alone, so that these browsers are spoken to in their own protocols.
"""
