"""End-to-end tests: clients and servers that are not ours, on real loopback sockets."""
