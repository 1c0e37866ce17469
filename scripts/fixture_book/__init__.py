"""The seeded demonstration book: an invented custodian's programme over sixty sessions.

Nothing here imports the product: fixtures are inputs, and a second, plain opinion about what the nights must give.
"""
