"""Decisions about many records at once: looked at, carried out by the worker in chunks, and undone.

`selection` freezes what somebody chose and what its preview shows; `changes` says what is done with a record, one class
for each kind, by `catalog.review.decisions`; `undoing` does so for what is taken back; `running` carries chunks out
under a lease, and `jobs` offers that to the worker. Called by the pages and the admin, which have asked
`catalog.policies` and this package's `policies` first; of each record it is asked again when it is carried out. It
never does what a preview did not show.
"""
