"""What files of a kind can hold."""

MOST_ROWS_OF_XLSX = 1_048_576
"""Of a sheet, its heading among them."""
MOST_RECORDS_OF_XLSX = MOST_ROWS_OF_XLSX - 1
LONGEST_CELL_OF_XLSX = 32_767
"""UTF-16 units in a cell."""
