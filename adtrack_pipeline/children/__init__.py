"""Processes that do not outlive the one that started them.

Belongs here: what a child does before anything else. Does not belong here: starting and watching children
(services). Imports nothing of the project, since every child pays for it.
"""
