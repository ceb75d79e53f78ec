#!/usr/bin/env python3
"""Take a picture for the documentation: the first screen of a page in a headless Chromium.

usage: take.py out/demo/report.html docs/images/report.png
       take.py http://127.0.0.1:8000/ docs/images/dashboard.png --seconds 90    (of a server under load, until its plots are full)
"""
import argparse
import pathlib
import shutil

from playwright.sync_api import sync_playwright


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", help="a file or a URL")
    parser.add_argument("picture", help="the PNG to write")
    parser.add_argument("--seconds", type=float, default=1.5, help="between opening and taking: for plots to draw (default 1.5)")
    parser.add_argument("--height", type=int, default=1000, help="of the screen, in pixels (default 1000)")
    arguments = parser.parse_args()
    address = arguments.page if "://" in arguments.page else pathlib.Path(arguments.page).resolve().as_uri()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1180, "height": arguments.height})
        page.goto(address)
        page.wait_for_timeout(1000 * arguments.seconds)
        page.screenshot(path=arguments.picture)
        browser.close()


if __name__ == "__main__":
    main()
