"""What checkers written for DMOJ import."""
