"""What an archive prints of its photographs: lists of volumes, notes on them, captions, labels with QR codes.

Pages ask `sheets` for what stands on paper; the columns are those of presets, so that what reviewers write into them
holds here, too. The browser prints; `pdf` makes a file of the same page where WeasyPrint is installed.
"""
