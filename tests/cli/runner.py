"""Runs the tests of a script: every function of its own that takes a folder, each in one that is new and goes with it."""
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

MISTAKES = AssertionError, subprocess.SubprocessError, LookupError, ValueError, OSError, sqlite3.Error


def tests_of(names):
    """What `globals()` of a script has: in the order in which it stands there."""
    return [value for value in names.values()
            if getattr(value, "__module__", "") == "__main__" and hasattr(value, "__code__") and
            value.__code__.co_argcount == 1 and value.__code__.co_varnames[0] in ("folder", "_")]


def run(tests, good, bad):
    """Ends the program. `good` and `bad` say what was counted: "command tests passed", "failed"."""
    failed = 0
    for one in tests:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="telltale-test-"))
        try:
            one(folder)
            print(f"ok    {one.__name__}", flush=True)
        except MISTAKES as error:
            failed += 1
            print(f"FAIL  {one.__name__}: {type(error).__name__}: {str(error)[:1500]}", flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(tests) - failed} {good}, {failed} {bad}")
    sys.exit(failed > 0 or not tests)
