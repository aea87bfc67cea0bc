"""Keeps personal data unreadable at rest, masked on screen and absent from logs; the tags in the models drive all three."""
