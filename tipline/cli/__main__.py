"""`python -m tipline.cli`: how the parent starts its children."""

from tipline.cli import main

main(prog_name="tipline")
