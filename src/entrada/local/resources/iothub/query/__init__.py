"""IoT Hub's query language: text to a tree (``parse``), the tree over documents (``run``).

Knows no hub and no HTTP. Follows
https://learn.microsoft.com/azure/iot-hub/iot-hub-devguide-query-language
"""

from __future__ import annotations

from entrada.local.resources.iothub.query.lexer import QueryError
from entrada.local.resources.iothub.query.parser import parse, parse_condition
from entrada.local.resources.iothub.query.rows import run
from entrada.local.resources.iothub.query.tree import Query
from entrada.local.resources.iothub.query.values import matches

__all__ = ["Query", "QueryError", "matches", "parse", "parse_condition", "run"]
