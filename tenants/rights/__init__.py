"""What the law gives a person over the own data: a copy, the erasure, and an end of keeping; the tags say what that is."""
