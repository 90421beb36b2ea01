"""The model of another server behind the local engine's face: ``GLMV_BACKEND=remote``.

*engine* owns life and queue, *client* speaks HTTP, *body* writes what is asked, *reply* reads what is answered,
*failures* says the other server's errors as ours. Nothing here imports torch.
"""

from inference.remote.engine import RemoteEngine
from inference.remote.target import RemoteModel, Target

__all__ = ["RemoteEngine", "RemoteModel", "Target"]
