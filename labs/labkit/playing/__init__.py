"""Plays labs' solutions in a workspace as a health check, beside the attendee's work."""
