"""What several test folders share: the servers of the test run and the database's cleaning between tests."""
