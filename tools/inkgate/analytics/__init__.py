"""`inkgate analytics`: reads the topic `leads` into tables of its own, asks them questions, and makes a page of the answers.

A consumer to copy. `facts` says what is read, `fold` what it comes to (pure), `tables` where it is kept; `sinks` keep it, a
database each; `reader` is the loop. Nothing of Inkgate's services is imported: the topic is all there is.
"""
