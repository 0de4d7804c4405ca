"""The domain: settings, tables, services, worker and command line."""
