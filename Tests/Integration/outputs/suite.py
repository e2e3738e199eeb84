"""All tests here, and the line that counts them."""
import sys

import suites
from editor_suite import Editor
from findings_suite import Findings
from markdown_suite import Markdown
from schemas_suite import Schemas

if __name__ == "__main__":
    suites.run(sys.stderr)
