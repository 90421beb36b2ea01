"""Template tags of the catalogue: how scans are shown and hits are marked. Used by templates and the admin's lists."""
