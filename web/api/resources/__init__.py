"""One module per resource; importing one puts its views on the blueprint."""
