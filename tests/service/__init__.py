"""Tests of service records, their verification and evaluation."""
