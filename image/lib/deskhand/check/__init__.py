"""Checks of documents that are about to be handed over. One module for each kind of file.

Documents are untrusted: they are parsed within limits (limits.py), and nothing in them is run or fetched.
"""
