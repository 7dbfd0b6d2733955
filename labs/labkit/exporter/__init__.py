"""What waits on a seat's server, as metrics, since the server's own metrics don't tell.

They forget a queue that nobody used for some minutes, whatever waits in it, and count a stuck
workflow task once. So `looking` asks the server's API whenever Prometheus asks the workspace, and
`page` writes down what it found. Nothing is remembered in between: while the server is silent, so
is the page, and what nobody knows never reads 0.
"""
