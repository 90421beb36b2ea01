"""Finding records by words: an index beside the database, derived from it, and the questions asked of it.

Owns how text is folded for searching, the language of questions, the index (tantivy, in `DATA_DIR/search`)
and how it follows the database. Pages, the API and knowledge retrieval ask it. The database is the truth: whatever the
index finds is read again through the policy of whoever asks, and the index can be thrown away and built again.
"""
