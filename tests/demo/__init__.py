"""The sample scans and the demo model."""
