"""REST, version 1: one of the doors.

Reads and writes what the pages read and write: collections, images, groups, drafts and decisions, prompts, batches,
audits, tables, memberships. What a caller may read or do, the policies say; what is done, a room does. It never writes
by itself, and answers in JSON but for the tables that are fetched.
"""
