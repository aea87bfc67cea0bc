"""Rule packs: a region's rules as dated, versioned data, and the facts that they read (R9, R82, R83)."""
