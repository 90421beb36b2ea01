"""Tries in a process of its own whether a grammar can be understood in good time.

Patterns that have to hold together, by ``allOf``, ``$ref`` or names that several of them meet, are multiplied with each
other: a dozen short ones can take minutes, and nothing inside llguidance bounds that.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from functools import lru_cache
from threading import BoundedSemaphore

from inference.engine.errors import SchemaUnusable

_CPU_S = 2
# A fallback for a machine that gives the child no time at all.
_PATIENCE_S = 60.0
_KILLED = (-signal.SIGXCPU, -signal.SIGKILL)
_PROGRAM = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_CPU, ({_CPU_S}, {_CPU_S}))
from llguidance import LLMatcher, LLParserLimits
LLMatcher.validate_grammar(sys.stdin.read(), limits=LLParserLimits(initial_lexer_fuel=int(sys.argv[1])))
"""
# So many at once, whoever asks: the machine has other work.
_places = BoundedSemaphore(2)


@lru_cache(maxsize=256)
def try_grammar(grammar: str, fuel: int) -> None:
    """Refuse a grammar that takes too long to understand; one that passed is not tried again.

    Args:
        grammar: as llguidance takes it.
        fuel: of its lexer.

    Raises:
        SchemaUnusable: it took more than two seconds of processor time, or ended the process.
    """
    command = [sys.executable, "-I", "-c", _PROGRAM, str(fuel)]
    with _places:
        try:
            done = subprocess.run(  # noqa: S603 - our own program
                command, input=grammar.encode(), capture_output=True, timeout=_PATIENCE_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise SchemaUnusable("json_schema", _TOO_LONG) from error
    if done.returncode in _KILLED:
        raise SchemaUnusable("json_schema", _TOO_LONG)
    if done.returncode < 0:
        raise SchemaUnusable("json_schema", "cannot be understood")


_TOO_LONG = "takes too long to understand: fewer patterns and formats have to hold together"
