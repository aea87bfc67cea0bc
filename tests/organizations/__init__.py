"""Tests of the organizations' room and its pages."""
