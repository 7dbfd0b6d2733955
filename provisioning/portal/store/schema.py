"""The schema, as steps. A step that was ever released is never edited: add the next one.

Times are seconds since 1970, UTC. Secrets are kept as hashes only.
"""

STEPS = (
    """
    CREATE TABLE seats (
        seat TEXT PRIMARY KEY,                  -- seat-07
        attendee TEXT NOT NULL DEFAULT '',      -- from the attendees' list, or empty
        code_hash TEXT NOT NULL,
        generation INTEGER NOT NULL,            -- of its API key
        last_activity REAL
    ) STRICT;

    CREATE TABLE sessions (
        token_hash TEXT PRIMARY KEY,
        seat TEXT NOT NULL REFERENCES seats ON DELETE CASCADE,
        kind TEXT NOT NULL CHECK (kind IN ('attendee', 'helper')),
        name TEXT NOT NULL,
        at REAL NOT NULL
    ) STRICT;
    CREATE INDEX sessions_of_seat ON sessions (seat);

    CREATE TABLE console_sessions (
        token_hash TEXT PRIMARY KEY,
        at REAL NOT NULL
    ) STRICT;

    CREATE TABLE verbs (
        id TEXT PRIMARY KEY,
        verb TEXT NOT NULL,
        seat TEXT NOT NULL,
        component TEXT NOT NULL DEFAULT '',
        queued_at REAL NOT NULL,
        taken_at REAL,
        done_at REAL,
        ok INTEGER,
        detail TEXT NOT NULL DEFAULT ''
    ) STRICT;

    CREATE TABLE notes (                        -- one value a name: announcement, password
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT;
    """,
    """
    CREATE TABLE results (                      -- of checks, one a goal
        seat TEXT NOT NULL REFERENCES seats ON DELETE CASCADE,
        lab TEXT NOT NULL,                      -- D1L1
        goal TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('done', 'not_yet', 'unknown')),
        because TEXT NOT NULL,
        evidence TEXT NOT NULL,                 -- JSON, or empty
        at REAL NOT NULL,                       -- since when it is so
        PRIMARY KEY (seat, lab, goal)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    -- Whether the attendee is not the list's: the console moved them here from another seat.
    ALTER TABLE seats ADD COLUMN moved INTEGER NOT NULL DEFAULT 0;
    """,
)
