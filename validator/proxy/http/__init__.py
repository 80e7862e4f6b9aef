"""The proxy over HTTP: clients that come to an address, and servers that are behind one."""
