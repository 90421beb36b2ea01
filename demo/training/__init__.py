"""Trains the demo checkpoint from drawn pictures; nothing here runs in the product."""
