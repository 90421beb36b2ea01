"""The catalogue: collections, images, annotations; drafting, review, exchange, search."""
