"""Deployment: the start script, the image's steps, the files beside them."""
