"""Service: what members did, who verified it and how the recipient judged it."""
