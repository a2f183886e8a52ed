"""The recorded world: objects and insight rows read from a folder and served as they are."""
