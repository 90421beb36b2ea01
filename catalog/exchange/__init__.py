"""Tables that leave the catalogue: accepted values, drafts and where each comes from, with the labels of origin.

Called by the command, the admin and the API with the images that the caller may see. It reads only, streams, and never
leaves out the AI label of a value.
"""
