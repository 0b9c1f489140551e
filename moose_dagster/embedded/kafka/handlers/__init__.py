"""One function per API of the Kafka protocol, from a request to its response."""
