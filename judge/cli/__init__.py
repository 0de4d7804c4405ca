"""The `judge` command. Team commands need the base install; server commands load only when used."""
