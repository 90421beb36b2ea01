"""Upgrades: from what earlier commits wrote, with a backup first, and back again."""
