"""Tests of registration: certificates, report-ins, receipts, obligations, coverage."""
