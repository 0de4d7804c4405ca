"""The checkers that others build on."""
