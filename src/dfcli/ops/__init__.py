"""What can be done to a frame: the contract, and the built-in operators by verb."""
