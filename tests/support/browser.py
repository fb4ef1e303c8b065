"""A real browser without a window: Debian's Chromium, driven by its own driver."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

#: Values of Chromium's content settings.
_ALLOW, _BLOCK = 1, 2

#: A small telephone (WCAG 2.2, 1.4.10).
SMALL = {"width": 320, "height": 560, "deviceScaleFactor": 2, "mobile": True}


@contextmanager
def browser(directory: str, languages: str = "en", *, scripts: bool = True) -> Iterator[Chrome]:
    """A browser of its own, as wide as a small telephone; `scripts`: whether it runs any."""
    options = ChromeOptions()
    options.binary_location = BROWSER or "/usr/bin/chromium"
    for argument in (
        "--headless=new",
        # Neither is to be had where tests run as root, in a container.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
        f"--user-data-dir={directory}",
    ):
        options.add_argument(argument)
    options.add_experimental_option("prefs", {
        "intl.accept_languages": languages,
        "profile.managed_default_content_settings.javascript": _ALLOW if scripts else _BLOCK,
    })  # fmt: skip
    # With both paths given nothing is looked for, and nothing downloaded.
    driver = Chrome(options, Service(DRIVER or "/usr/bin/chromedriver"))
    try:
        driver.set_page_load_timeout(30)
        # Windows cannot be made that narrow.
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", SMALL)
        yield driver
    finally:
        driver.quit()


def darken(driver: Chrome) -> None:
    """Have the reader prefer dark pages."""
    features = [{"name": "prefers-color-scheme", "value": "dark"}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
