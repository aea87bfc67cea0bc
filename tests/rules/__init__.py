"""Tests of rule packs, deeds and rehearsals."""
