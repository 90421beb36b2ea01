"""Tables that leave the catalogue: accepted values, drafts and where each comes from, with the labels of origin.

Called by the command, which exports a collection, and by the admin, with the images that the user may see. It reads
only, streams, and never leaves out the AI label of a value.
"""
