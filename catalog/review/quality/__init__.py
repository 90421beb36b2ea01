"""How good the drafts are and what they save: counted from what people decided, never from a form.

`tallies` counts in the database and keeps the counts for an hour, `figures` makes shares of them for whatever they are
looked at by, `pace` tells minutes from the action log. Called by the page of quality; writes nothing. Audits by sample,
which prove a lot rather than describe what was done, are `catalog.review.acceptance`'s.
"""
