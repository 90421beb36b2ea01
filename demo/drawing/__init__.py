"""Draws scenes and ages them into scans; knows Pillow and numpy, nothing of models or catalogues."""
