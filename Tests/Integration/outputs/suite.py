"""All tests here, and the line that counts them."""
import sys
import unittest

from findings_suite import Findings
from markdown_suite import Markdown
from schemas_suite import Schemas

if __name__ == "__main__":
    module = sys.modules["__main__"]
    loader = unittest.defaultTestLoader
    tests = loader.loadTestsFromNames(sys.argv[1:], module) if sys.argv[1:] else loader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=2).run(tests)
    failed = len({id(test) for test, _ in result.failures + result.errors})
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(0 if result.testsRun and not failed else 1)
