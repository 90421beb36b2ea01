"""Backup and restore: of real databases and file systems, by the real commands."""
