"""Does what is claimed of a picture agree with what stands on it: years, names, places and words compared with text.

Pure functions on text, called by drafting (what a model says) and by reading (what was read since). Knows no database,
no model and no picture, and never changes a value: it only says how the two compare.
"""
