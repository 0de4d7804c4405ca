"""The portal: pages, REST API, live events, translations. It holds no rule of the domain."""
