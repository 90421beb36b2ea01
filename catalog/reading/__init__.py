"""Writing in pictures: read by OCR, kept line by line, proposed as a transcription, held against drafts.

Owns `Reading` rows. Commands and batches of reading call it (`transcribing.Transcribing`), the worker through `jobs`.
It needs no language model, writes drafts only, and never holds a transaction while a picture is read.
"""
