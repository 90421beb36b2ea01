"""How writing in pictures is found and read: what `inference.reader` does in its thread.

Owns the two native libraries (OpenCV, and rapidocr on onnxruntime): importing `line_reader`, `regions` or `seals` loads
them, importing `types` does not. Never opens files, never asks a database; in which order lines are read is
`inference.reading_order`.
"""
