"""Core's datasets: members, report-ins, records and figures as documented tables that report formats are made of."""
