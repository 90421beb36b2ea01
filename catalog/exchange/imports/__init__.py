"""Tables that come back: read, held against what was exported and what the catalogue holds now, applied and undone.

`reading` turns a file into rows, `headings` says what its columns are, `matching` which record a row is of, `comparing`
what of a cell counts, with `mangled` for what spreadsheets do to cells. `checking` is the dry run: it writes nothing
but its own frozen lists. `running` leases an import to a process, which checks, applies (`applying`) or undoes it
(`undoing`) chunk by chunk; `jobs` offers that to the worker. Called by the pages and by `import_catalogue`, which have
asked `policies`; of each record it is asked again when it is changed. It never matches by title, and never changes
开放标识, who may see a record, or its collection.
"""
