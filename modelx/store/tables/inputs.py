"""Inputs: the rows of the book."""
