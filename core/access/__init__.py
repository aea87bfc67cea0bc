"""Access: accounts, roles, grants over a subtree, and the one question whether somebody may do something."""
