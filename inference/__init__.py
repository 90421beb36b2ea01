"""The locked model service: everything that asks a vision-language model about pictures."""
