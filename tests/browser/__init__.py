"""The pages as readers use them, in a headless browser."""
