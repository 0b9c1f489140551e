"""One function per API of the Kafka protocol: a request in, a response out."""
