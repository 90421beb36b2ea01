"""Backups of an installation: making, verifying, restoring and comparing them, and how old the latest one is.

The commands `backup` and `restore`, the doctor, the metrics and the workbench call it. It never writes to the database
that it copies, and knows nothing of the web.
"""
