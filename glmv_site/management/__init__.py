"""Command line of the site."""
