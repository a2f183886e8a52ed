"""adtrack: Meta ad spend in Postgres, described and checked, every hour."""
