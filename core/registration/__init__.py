"""Registration: certificates, report-ins, receipts and the clock of obligations."""
