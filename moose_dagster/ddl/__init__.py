"""Which statements and requests make an action, in the order that the servers take them."""
