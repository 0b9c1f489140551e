"""The seams to servers: small Protocols, and adapters over the vendors' clients."""
