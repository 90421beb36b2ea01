"""Pages for packages: what there is, a new one, what is told of it before it is made, how far it is, fetching it."""
