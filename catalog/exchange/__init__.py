"""Tables and packages that leave the catalogue and come back, with the labels of origin.

`columns` and `rows` say what a table holds and read it from the database; `tables` writes files; `exports` makes and
keeps exports; `imports` holds what comes back against them, applies it and undoes it. Called by the commands, the
admin, the pages and the API, which have asked the policies. Nothing here leaves out the AI label of a value, and what
comes back is changed by the writers of `records` alone.
"""
