"""Tests of the documents room: reading, writing, printing and QR codes."""
