"""Size budgets: a function stops at 60 lines, a file at 400. Docstrings do not count for functions.

Run with ``make check``; prints every breach and exits 1 when there is one.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

FUNCTION_LINES = 60
FILE_LINES = 400
FOLDERS = ("src", "tests", "tools", "benchmarks")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def length_of(function: Function) -> int:
    """Lines from ``def`` to the end, without the docstring."""
    total = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    has_docstring = ast.get_docstring(function) is not None
    return total - ((first.end_lineno or first.lineno) - first.lineno + 1 if has_docstring else 0)


def breaches(path: Path) -> list[str]:
    """Sentences about every function and file over its budget."""
    text = path.read_text("utf-8")
    lines = text.count("\n")
    found = [f"{path}: {lines} lines, the budget is {FILE_LINES}: split it by subject"] if lines > FILE_LINES else []
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, Function)]
    found += [
        f"{path}:{function.lineno}: {function.name} has {length_of(function)} lines, the budget is {FUNCTION_LINES}"
        for function in functions
        if length_of(function) > FUNCTION_LINES
    ]
    return found


def main() -> int:
    """Check all Python files of the project."""
    root = Path(__file__).resolve().parents[1]
    files = sorted(path for folder in FOLDERS for path in (root / folder).rglob("*.py"))
    found = [line for path in files for line in breaches(path)]
    print("\n".join(found) or f"sizes: {len(files)} files within budget")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
