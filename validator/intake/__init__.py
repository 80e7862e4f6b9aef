"""The intake room: a tool call in, the pieces of code that it carries out."""
