"""Files that tables are written to, row by row in constant memory: CSV, XLSX, JSON Lines.

Each module writes rows of texts to a binary file and knows nothing of the database. Called by
`catalog.exchange.exports` and by whatever else makes a table.
"""
