"""`make doors N=10`: measure the front door while N attendees come in."""

from bench.doors.cli import main

if __name__ == "__main__":
    main()
