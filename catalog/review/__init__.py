"""People's decisions about drafts: accept, edit, reject, or write a value of their own; and whose turn a record is.

Called by the admin on behalf of a user, whose right to it the admin has asked of `catalog.policies`. Every decision is
one transaction with the image's row locked and is in the action log. Lots of drafts are accepted by a sample of them in
`acceptance`, in steps. It never asks a model and never writes annotations but through `catalog.records.annotations`.
"""
