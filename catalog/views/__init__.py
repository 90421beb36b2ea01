"""The public pages and the files they show. Each view parses, asks a policy, and renders."""
