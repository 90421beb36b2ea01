"""The catalogue, a room for each capability: which one owns what stands in each package's first lines."""
