"""A class arrives: everybody claims a seat within ten seconds and opens its pages."""
