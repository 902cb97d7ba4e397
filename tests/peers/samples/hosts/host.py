"""Runs Python samples: a path per line of the input, and END with the error after the output of each."""

import runpy
import sys
import traceback
import warnings

# For example of a file that cozepy opens and does not close.
warnings.simplefilter("ignore")
for line in sys.stdin:
    error = ""
    try:
        runpy.run_path(line.strip(), run_name="__main__")
    except BaseException:
        error = traceback.format_exc()
    print(f"\n\0END {error}\0", end="", flush=True)
