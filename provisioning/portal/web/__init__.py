"""What every site needs to speak HTTP: pages, static files, cookies, bodies, events, refusals."""
