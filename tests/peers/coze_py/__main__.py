"""Runs cozepy against the mock of the program `coze`, whose path is the argument."""

import logging
import sys

import mock
import stories
import table


def main(program):
    # Otherwise every refusal would be logged.
    logging.getLogger("cozepy").setLevel(logging.ERROR)
    with mock.running(program) as (base, log):
        failed = stories.run_all(base, log)
    failed += table.check()
    if failed:
        print(f"{len(failed)} failed: {', '.join(failed)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
