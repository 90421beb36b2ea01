"""How fast the site answers over HTTP, beside ``transformers serve`` on the same checkpoint."""
