"""`python -m classroom.cli`: what ./classroom hands over to."""

from classroom.cli.main import main

main()
