#!/usr/bin/env python3
"""Take the picture of a report that README.md shows: the first screen of report.html in a headless Chromium.

usage: take.py [out/demo/report.html] [docs/images/report.png]
"""
import pathlib
import shutil
import sys

from playwright.sync_api import sync_playwright


def main():
    page_file = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "out/demo/report.html").resolve()
    picture = sys.argv[2] if len(sys.argv) > 2 else "docs/images/report.png"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1180, "height": 1000})
        page.goto(page_file.as_uri())
        page.wait_for_timeout(1500)  # the plots' animation
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main()
