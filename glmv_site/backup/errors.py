"""What is said when a backup cannot be made, read or restored."""


class BackupError(Exception):
    """A sentence for the administrator: what is wrong, and what to do."""


class DamagedBackupError(BackupError):
    """One backup is not as it was made; another one may be."""
