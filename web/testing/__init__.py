"""For the authors of plugins: a tenant to test on, people who are signed in, and the conformance kit; also what our own tests stand on.

It needs no pytest; with it (`pip install baodao[testing]`), `pytest -p web.testing.pytest_plugin --baodao NAME` brings the fixtures, and `--conformance` the kit.
"""
