"""Pictures that are no sample scans: the kinds the demo model is trained to decline, and others it never saw."""
