"""The Graph API itself: how requests are read and answers are shaped. Knows no HTTP server."""
