"""Granian's command, with Flasky loaded once: `python -m deploy.granian ... flasky:app`.

The workers are copies of a process that has it, and share what they do not change. Under `granian`
itself each worker loads all of it, and holds twice as much memory.
"""

import multiprocessing
import sys

from granian.cli import entrypoint

import flasky  # noqa: F401  # what is wrong with the settings is told before there is any worker

if __name__ == "__main__":
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")  # as it was by default before Python 3.14
    entrypoint()
