"""REST, version 1: one of the doors.

Reads collections, images and annotations, takes uploads and runs batches. What a caller may read or do, the policies
say; what is done, a room does. It never writes by itself and never answers in another form than JSON.
"""
