"""The portal: claim a seat, its home, the instructor's console; and who may pass to a seat.

The Host header chooses the site (:mod:`portal.app`), and a site is a folder: ``site(context)``
returns its Starlette application, ``templates/`` and ``static/`` beside it are found by the
folder's name. What all sites share is in :class:`portal.context.Context`; what can be done to
seats is in :mod:`portal.actions`; :mod:`portal.access` decides who passes, and is pure.
"""
