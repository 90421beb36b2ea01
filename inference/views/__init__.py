"""The model service's pages and probes."""
