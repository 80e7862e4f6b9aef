"""The gate in front of an MCP server: messages in, judged messages out."""
