"""Exports: tables of chosen records, frozen when they are asked for, written in parts, kept for a while.

`planning` freezes what somebody chose; `running` writes a table part by part under a lease; `finishing` gives it its
name and its link; `jobs` offers the long ones to the worker, and takes away what is over; `keeping` holds what each
cell said, for the day the table comes back; `policies` says who may fetch it. Called by the pages, the admin, the API
and the command, which have asked `catalog.policies` which records there are to choose from. A file has its name only
when it is complete.
"""
