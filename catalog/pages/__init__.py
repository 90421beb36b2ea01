"""The public pages and the files they show: one of the doors.

Each page parses its address, asks a policy, calls one function and renders. It owns templates' contexts only: what may
be seen is decided in `catalog.policies`, what is found in `catalog.querysets`. It never writes.
"""
