"""The overview: figures of each place and unit, counted ahead by a job, and how they are read."""
