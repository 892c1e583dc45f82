"""`python -m inkgate.sandbox`: the sandbox without the desk tool."""

import argparse
import sys

from inkgate.sandbox.command import add_arguments, run

if __name__ == "__main__":
    _parser = argparse.ArgumentParser(
        prog="inkgate sandbox", description="Stand in for WhatsApp and Stripe, on loopback."
    )
    add_arguments(_parser)
    sys.exit(run(_parser.parse_args()))
