"""The plan as a comment, in two renderers: GitHub's own, and one of CommonMark with tables."""
import html.parser
import json
import unittest

import cmarkgfm
import cmarkgfm.cmark
import markdown_it
from program import Program, volumes

# What may be shown: nothing that links, loads, calls or formats.
tags = {"p", "strong", "code", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "br", "ul", "li"}
hostile = [
    "x`|</code></details>", "`", "``a``", "@team", "#1", "<img src=x onerror=y>", "<script>alert(1)</script>", "[a](http://example.com)",
    "![](http://example.com/x.png)", "https://example.com/x", "www.example.com", "a@example.com", "*b* _c_ ~~d~~", "a|b", "\\|", "a\\`b",
    "--> <b>", "<!--", "&amp; &#64;team", "$x$ :smile:", "- [ ] task", "| - | `x` |", "支付 ½", "e\u0301", "'quoted' \"twice\"", "a  b"]


class Page(html.parser.HTMLParser):
    """Rows of the tables, each cell's text and which of it is code; what else stands on the page."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.rows, self.comments, self.loose, self.seen, self.codes = [], [], [], "", set(), []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.seen.add(tag)
        assert not attributes, (tag, attributes)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.codes.append([])
        if tag == "code" and self.codes:
            self.codes[-1].append("")
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.open)

    def handle_data(self, text):
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += text
        if "code" in self.open:
            if self.codes and ("td" in self.open or "th" in self.open):
                self.codes[-1][-1] += text
        else:
            self.loose += text

    def handle_comment(self, text):
        self.comments.append(text)


def renderings(text):
    gfm = cmarkgfm.github_flavored_markdown_to_html(text, options=cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE)
    common = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    return [gfm, common]


class Markdown(unittest.TestCase):
    def setUp(self):
        self.program = Program(self)

    def lines(self, names, **more):
        return [{"name": name, "volume": "orders", **more} for name in names]

    def manifest(self, lines, **more):
        self.program.manifest(json.dumps({"stack": "tests", "volumes": volumes, "snapshots": lines, **more}, ensure_ascii=False))

    def plan(self, *arguments, codes=(0,)):
        return self.program.run("plan", "--sandbox", *arguments, codes=codes).stdout

    def pages(self, text):
        pages = [Page(one) for one in renderings(text)]
        for page in pages:
            self.assertLessEqual(page.seen, tags)
            self.assertEqual(page.open, [])
            self.assertEqual(len(page.comments), 1)
            for sign in ["@", "#1", "://", "<", "`"]:
                self.assertNotIn(sign, page.loose)
        return pages

    def test_names_cannot_break_out(self):
        for volume in [{"orders": volumes["orders"]}, {"a|b`@x <i>": volumes["orders"]}]:
            self.program = Program(self)
            alias, = volume
            lines = [
                {"name": f"{name}", "volume": alias, "description": name, "metadata": {f"k{number}": name}}
                for number, name in enumerate(hostile)]
            self.program.manifest(json.dumps({"stack": "tests", "volumes": volume, "snapshots": lines}, ensure_ascii=False))
            for page in self.pages(self.plan("--format", "markdown")):
                rows = [row for row in page.rows if row[0] == "+"]
                self.assertEqual([row[1] for row in rows], hostile)
                for row, name in zip(rows, hostile):
                    self.assertEqual(len(row), 4)
                    self.assertTrue(row[2].startswith(alias), row)
                    self.assertIn(name, row[3])
        # Deletions, replacements, and rows that are kept tell what to type.
        self.program.run("apply", "--sandbox", "-y")
        lines = [line for number, line in enumerate(lines) if number % 2]
        for line in lines[::2]:
            line["volume_id"] = volumes["billing"]
            del line["volume"]
        self.program.manifest(json.dumps({"stack": "tests", "volumes": volume, "snapshots": lines}, ensure_ascii=False))
        for options in [[], ["--prune", "--max-deletes", "99", "--max-delete-percent", "100"], ["--prune"]]:
            for page in self.pages(self.plan("--format", "markdown", *options)):
                signs = [row[0] for row in page.rows if row[0] and row[0] in "+-±~=!"]
                self.assertTrue({"±", "=" if not options else "-"} <= set(signs))
                self.assertEqual(signs, sorted(signs, key="-±!~+=".index))
                for row in page.rows:
                    if row[0]:
                        self.assertIn(row[1], hostile)

    def test_what_a_bot_needs(self):
        self.manifest(self.lines(["a", "b"]))
        first = self.plan("--format", "markdown")
        self.assertTrue(first.startswith("<!-- snapkeep:tests:snapkeep.sandbox.json -->\n"))
        self.assertEqual(first, self.plan("--format", "markdown"))
        self.assertIn(json.loads(self.plan("--json"))["id"], first)
        self.program.run("apply", "--sandbox", "-y")
        self.manifest(self.lines(["a"]))
        later = self.plan("--format", "markdown")
        self.assertEqual(later.splitlines()[0], first.splitlines()[0])
        self.program.run("plan", "--sandbox", "--out", "next.plan")
        shown = self.program.run("show", "next.plan", "--format", "markdown").stdout
        self.assertIn(json.loads((self.program.folder / "next.plan").read_text())["id"], shown)

    def test_size(self):
        """The limit holds; what is left out is counted; deletions are all there, if need be beyond the limit, and that is told."""
        deleted = [f"old-{number:03}" for number in range(60)]
        self.manifest(self.lines(deleted))
        self.program.run("apply", "--sandbox", "-y")
        created = [f"new-{number:04}" for number in range(1500)]
        self.manifest(self.lines(created))
        options = ["--prune", "--max-deletes", "99", "--max-delete-percent", "100", "--format", "markdown"]
        for limit in [None, 20_000, 8192]:
            text = self.plan(*options, *(["--max-bytes", str(limit)] if limit else []))
            self.assertLessEqual(len(text.encode()), limit or 60_000)
            for page in self.pages(text):
                rows = [row for row in page.rows if row[0]]
                self.assertEqual([row[1] for row in rows[:60]], deleted)
                shown = sum(row[0] == "+" for row in rows)
                self.assertIn(f"{1500 - shown} to create", page.loose)
        done = self.program.run("plan", "--sandbox", *options, "--max-bytes", "4096")
        self.assertIn("markdown-too-long", self.program.run("plan", "--sandbox", *options, "--max-bytes", "4096", "--diagnostics", "github").stderr)
        self.assertIn("are never cut; the limit is 4,096", done.stderr)
        for page in self.pages(done.stdout):
            self.assertEqual([row[1] for row in page.rows if row[0] == "-"], deleted)
        self.program.run("plan", "--sandbox", "--max-bytes", "4096", codes=(64,))
        self.program.run("plan", "--sandbox", "--max-bytes", "9", "--format", "markdown", codes=(64,))

    def test_widget(self):
        self.manifest(self.lines(["a", "b", "c"]))
        self.program.run("apply", "--sandbox", "-y")
        lines = self.lines(["a", "b", "d", "e"])
        lines[0]["volume"] = "billing"
        lines[1]["description"] = "new"
        self.manifest(lines)
        self.assertEqual(self.plan("--format", "gitlab-terraform"), '{"create":3,"update":1,"delete":0}\n')
        self.assertEqual(self.plan("--format", "gitlab-terraform", "--prune"), '{"create":3,"update":1,"delete":2}\n')
