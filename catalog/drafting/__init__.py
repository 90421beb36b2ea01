"""Asking the model about an image and reading its answer. Knows no database writes; services do them."""
