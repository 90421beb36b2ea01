"""Bringing files in: folders, archives, manifests and uploads become scans and records of a collection.

Owns the sources (folders, archives, documents), the keeping of masters and derivatives, which files are one photograph,
and the report of what did not come in. Commands, the admin and the API call `importing.import_images` and
`uploads.import_upload`. It never alters a master and never overwrites what a record already says.
"""
