"""The HTTP front: an event loop reads requests and sends answers, so that a slow client never holds a thread.

`connections` closes those that are too slow with a head or an answer, `bodies` buffers what is posted, `intake` says
how much of it, how slowly and from whom, `wsgi` runs the application in a pool of threads, `bridge` joins them.
"""
