"""The OpenAI-compatible interface: chat completions with pictures, whole or streamed, and the list of models."""
