"""Accounts and roles: made, changed, switched off; roles given and taken. Each with its entry in the action log.

Called by the workbench's page of accounts and by the command that makes the first administrator, after they asked
`catalog.policies`. It deletes no account, since the log and every decision name one, and decides nothing about content.
"""
