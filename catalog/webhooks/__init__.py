"""Webhooks: other systems are told of what happened here, by signed messages to addresses that an administrator allows.

What is told stands in the outbox (`catalog.records.outbox`), written by whoever makes it happen. This room keeps the
endpoints' secrets, sends, tries again and keeps what came of it; the workbench shows it to administrators. It never
follows a redirect, never sends a record's words, and never holds a transaction open while it waits for an answer.
"""
