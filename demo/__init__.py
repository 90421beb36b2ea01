"""The sample scans and the small model that knows them.

``demo`` draws period-photo-like scans with Pillow, writes the sample collection and its manifest, and trains and
evaluates the demo checkpoint in ``inference/demo_model/``. The product never imports this package: the scans
reach it as a folder of files, exactly as an archive's own would, and are opened by its functions (``opening``).
"""
