"""Arguments in, facts out: what the code would do, however it is written."""
