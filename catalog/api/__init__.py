"""REST, version 1: reading collections, images and annotations. What may be read, the policies say."""
