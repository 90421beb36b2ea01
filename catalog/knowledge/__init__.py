"""Knowledge bases: their entries, and what they have to say about a question.

Owns `KnowledgeBase` and `KnowledgeEntry`: `entries` writes them, `retrieval` finds passages among them and among a
collection's accepted records, `relevance` ranks. The admin calls the first, `catalog.providers` the second on behalf of
the model service. It never shows a record to somebody who may not see it, and never calls a model.
"""
