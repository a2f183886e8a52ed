"""The accuracy assets: predictions held against the marts, what they say about models, alerts about drift."""
