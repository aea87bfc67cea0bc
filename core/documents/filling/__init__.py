"""Layouts of offices (xlsx, docx) with placeholders: read once in a child process, then filled in a stream."""
