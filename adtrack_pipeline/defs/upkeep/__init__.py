"""Keeping what grows for ever from growing for ever."""
