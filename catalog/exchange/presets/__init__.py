"""Presets of columns: what another system, or a standard, wants a table of photographs to look like, as data.

Shipped presets are JSON files in `shipped/`; what reviewers change of them, and those made from the empty import
template of the house's own system, are rows of `ExportPreset`. Exports ask `keeping.presets` for them and
`columns.preset_columns` for what a table's columns read. A preset never changes what the catalogue holds.
"""
