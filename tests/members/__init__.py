"""Tests of the members' room and pages."""
