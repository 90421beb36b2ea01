"""Packages that leave the catalogue: scans with their descriptions, in folders that another system takes in.

`planning` looks a selection over and says before anything is written what will be wrong; `naming` says what files are
called; `making` copies, under `workplace`, so that a package appears only complete; `attaching`, `bags` say what stands
beside the scans, `records_xml` and `records_json` what is said of each, `embedding` writes it into copies by exiftool;
`verifying` reads a package again. `running` keeps leases, `jobs` offers that to the worker. Called by the pages and the
commands, which ask `policies`. It reads the catalogue and the masters, and changes neither.
"""
