"""Parses a script in its engine's dialect; exits with 1 where that fails.

    parse.py DIALECT SCRIPT
"""

import logging
import sys

import sqlglot

dialect, script = sys.argv[1:]
# What it takes as an opaque command (UNLOAD, external tables) it says aloud; it is told below instead.
logging.disable(logging.WARNING)
text = open(script).read().replace(":'role'", "'role'")
statements = [statement for statement in sqlglot.parse(text, dialect=dialect) if statement is not None]
opaque = sum(type(statement).__name__ == "Command" for statement in statements)
assert len(statements) > 1 or opaque == 0, "nothing was parsed"
print(f"{dialect}: {len(statements)} statements parse, {opaque} of them as opaque commands")
