"""How the suites here run: all of their tests, or those that are named; the last line says how many passed and failed."""

import sys
import unittest


def run(stream=sys.stdout):
    module = sys.modules["__main__"]
    loader = unittest.defaultTestLoader
    tests = loader.loadTestsFromNames(sys.argv[1:], module) if sys.argv[1:] else loader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(stream=stream, verbosity=2).run(tests)
    # A test counts once, however many of its cases failed.
    bad = {str(getattr(test, "test_case", test)) for test, _ in result.failures + result.errors}
    failed = len(bad) if result.testsRun or bad else 1
    # What failed before its tests began is no test of its own.
    passed = result.testsRun - len(result.skipped) - sum(not name.startswith(("setUpClass", "tearDownClass")) for name in bad)
    skipped = f", {len(result.skipped)} skipped" if result.skipped else ""
    print(f"{passed} passed, {failed} failed{skipped}")
    sys.exit(bool(failed))
