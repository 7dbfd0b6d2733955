"""The doctor: what a room trips over, recognised, with a word on what to do.

`observing` looks at the server, at the workers of this workspace and at the attendee's files, and
changes none of them. Each diagnosis is a function from what was seen (`facts`) to the troubles it
finds; `diagnoses` lists them.
"""
