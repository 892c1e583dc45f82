"""What `inkgate.docs` writes, one module a document. Pure: text out, no file touched."""
