"""Runs a GLM-4V checkpoint: decodes pictures, builds prompts, generates. No Django; torch only once a model is loaded.

The rest of the project comes in through :mod:`inference.service`; as a library, begin at :mod:`.engine` and
:mod:`.types`. Dependencies run from ``engine`` over ``scheduler`` down to the leaves, never back.
"""
