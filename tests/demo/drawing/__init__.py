"""How sample scans are drawn."""
