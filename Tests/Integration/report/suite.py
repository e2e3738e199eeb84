"""The page of `snapkeep report` in a real browser."""
import os
import re
import time
import unittest

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

import pages
import suites

WIDTHS = (400, 800, 1600)


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        well = pages.well()
        troubled = pages.troubled(well)
        cls.files = {}
        for name, where, words in (
                ("well", well, ["--sandbox", "--now", "2026-11-27T12:00:00Z"]),
                ("troubled", troubled, ["--sandbox", "--now", "2026-11-30T12:00:00Z"]),
                ("recorded", troubled, ["--sandbox", "--recorded", "--now", "2026-11-30T12:00:00Z"])):
            cls.files[name] = pages.folder / f"{name}.html"
            pages.snapkeep(where, "report", "--out", str(cls.files[name]), *words)
        cls.driver = sync_playwright().start()
        # Chromium's own walls need a user that is not root.
        walls = ["--no-sandbox"] if os.geteuid() == 0 else []
        cls.browser = cls.driver.chromium.launch(executable_path=os.environ["CHROMIUM"], args=walls)

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.driver.stop()

    def open(self, name, width=1000, scheme="light", **more):
        """The page, and what the browser had to say and to ask for while it opened it."""
        context = self.browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **more)
        self.addCleanup(context.close)
        page = context.new_page()
        page.said, page.asked = [], []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(self.files[name].as_uri())
        return page

    def test_quiet(self):
        """It opens from a file, asks for nothing else, says nothing, and fits, at each width, light and dark."""
        for name in self.files:
            for width in WIDTHS:
                for scheme in ("light", "dark"):
                    with self.subTest(name=name, width=width, scheme=scheme):
                        page = self.open(name, width, scheme)
                        page.screenshot(path=pages.folder / f"{name}-{width}-{scheme}.png", full_page=True)
                        self.assertEqual((page.said, page.asked), ([], [self.files[name].as_uri()]))
                        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
                        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
                        self.assertEqual(sum(map(int, re.findall(r"\d+", back))) < 200, scheme == "dark", back)

    def test_axe(self):
        """axe finds nothing to object to, its advice on good practice and the contrast of colours included."""
        for name, width, scheme in (
                ("troubled", 400, "light"), ("troubled", 1600, "dark"), ("well", 1600, "light"), ("recorded", 800, "light")):
            with self.subTest(name=name, width=width, scheme=scheme):
                page = self.open(name, width, scheme)
                page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
                found = Axe().run(page)
                self.assertEqual(found.violations_count, 0, found.generate_report())
                self.assertTrue(any(rule["id"] == "color-contrast" for rule in found.response["passes"]))

    def test_landmarks(self):
        """One heading above all, none that skips a level, and each table with a caption and heads that say what for."""
        page = self.open("troubled")
        self.assertEqual(page.evaluate("document.documentElement.lang"), "en")
        levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(one => +one.tagName[1])")
        self.assertEqual((levels[0], levels.count(1)), (1, 1))
        self.assertTrue(all(after - before <= 1 for before, after in zip(levels, levels[1:])))
        self.assertEqual(page.locator("main").count(), 1)
        tables = page.locator("table").count()
        self.assertGreater(tables, 4)
        self.assertEqual(page.locator("table > caption").count(), tables)
        self.assertEqual(page.locator("th:not([scope])").count(), 0)

    def test_keyboard(self):
        """Without a script and without a mouse: what has the focus is seen, a volume opens, and those that are well can be put away."""
        page = self.open("troubled", java_script_enabled=False)
        page.keyboard.press("Tab")
        skip = page.locator(".skip")
        self.assertGreaterEqual(skip.bounding_box()["x"], 0)
        page.keyboard.press("Enter")
        self.assertTrue(page.url.endswith("#main"))
        closed = page.locator("details:not([open])").first
        closed.locator("summary").focus()
        self.assertNotEqual(closed.locator("summary").evaluate("one => getComputedStyle(one).outlineStyle"), "none")
        opened = page.locator("details[open]").count()
        page.keyboard.press("Enter")
        self.assertEqual(page.locator("details[open]").count(), opened + 1)
        fine = page.locator("details.ok")
        self.assertGreater(fine.count(), 0)
        page.locator("#show-all").focus()
        page.keyboard.press("ArrowDown")
        self.assertFalse(fine.first.is_visible())
        self.assertTrue(page.locator("details.bad").first.is_visible())

    def test_names(self):
        """A name that tries to be markup is read as it was written."""
        page = self.open("troubled")
        self.assertEqual(page.locator("h3").filter(has_text="<script>").first.inner_text(), pages.HOSTILE)
        self.assertEqual(page.locator("script, b b, td img").count(), 0)

    def test_policy(self):
        """Should markup get in all the same, the browser carries none of it out."""
        page = self.open("well")
        blocked = page.evaluate("""async () => {
            const blocked = []
            document.addEventListener('securitypolicyviolation', event => blocked.push(event.effectiveDirective))
            const add = markup => document.body.append(document.createRange().createContextualFragment(markup))
            add('<img src="other.png">')
            add('<script>window.ran = true</script>')
            add('<style>body { display: none }</style>')
            add('<p style="color: red">x</p>')
            add('<iframe src="other.html"></iframe>')
            await new Promise(done => setTimeout(done, 300))
            return [blocked.sort(), window.ran, getComputedStyle(document.body).display]
        }""")
        self.assertEqual(blocked, [["frame-src", "img-src", "script-src-elem", "style-src-attr", "style-src-elem"], None, "block"])

    def test_print(self):
        """On paper: no links to click on, the lines with their scale, and nothing cut off at the side."""
        page = self.open("troubled", width=700)
        page.emulate_media(media="print")
        self.assertFalse(page.locator("nav").is_visible())
        self.assertTrue(page.locator(".heads").is_visible())
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 700)
        sheet = page.pdf(path=pages.folder / "troubled.pdf", format="A4")
        self.assertIn(len(re.findall(rb"/Type /Page\b", sheet)), range(2, 12))

    def test_large(self):
        """A thousand volumes with fourteen snapshots each: nothing is left out, and the page is still one to work with."""
        where = pages.large()
        file = self.files["large"] = pages.folder / "large.html"
        start = time.monotonic()
        said = pages.snapkeep(where, "report", "--recorded", "--out", str(file), "--now", "2026-11-27T12:00:00Z")
        made = time.monotonic() - start
        self.assertIn("1000 volumes, 14000 snapshots, nothing needs attention", said)
        start = time.monotonic()
        page = self.open("large", 1600)
        self.assertEqual(page.locator("details").count(), 1000)
        opened = time.monotonic() - start
        self.assertEqual(page.locator(".inside tbody tr").count(), 14000)
        self.assertEqual(page.locator("summary circle").count(), 14000)
        start = time.monotonic()
        page.locator("summary").nth(999).click()
        self.assertTrue(page.locator("details").nth(999).locator("table").is_visible())
        clicked = time.monotonic() - start
        page.screenshot(path=pages.folder / "large-1600-light.png")
        size = file.stat().st_size
        print(f"{size / 1e6:.1f} MB, made in {made:.1f} s, opened in {opened:.1f} s, the last volume unfolded in {clicked:.2f} s", flush=True)
        self.assertLess(size, 12_000_000)
        del self.files["large"]


if __name__ == "__main__":
    suites.run()
