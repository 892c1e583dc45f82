"""Where the tables are kept: one module a database, behind one small interface (`sink.Sink`)."""
