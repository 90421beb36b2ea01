"""The site: settings, addresses, process supervision. Composition only, no domain logic.

Dependencies run one way: ``glmv_site → catalog → inference → inference.engine``.
"""

__version__ = "0.1.0"
