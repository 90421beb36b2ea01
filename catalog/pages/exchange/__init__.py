"""Pages for what leaves the catalogue and comes back: exports, imports, packages."""
