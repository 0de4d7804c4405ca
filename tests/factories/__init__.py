"""Makes what tests need: packages on disk, people, contests, submissions in a database."""
