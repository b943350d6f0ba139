"""Logs in to Superset, waits for the charts of a dashboard, and tells what is to be seen; run by Superset's own Python."""

import json
import sys
import time

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

address, page, user, password, picture = sys.argv[1:]
options = webdriver.ChromeOptions()
for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1400,1000"]:
    options.add_argument(argument)
browser = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))


def find(selector):
    return browser.find_elements(By.CSS_SELECTOR, selector)


try:
    wait = WebDriverWait(browser, 90)
    browser.get(f"{address}/login/")
    wait.until(lambda _: find("input[name=username], #username"))
    find("input[name=username], #username")[0].send_keys(user)
    find("input[name=password], #password")[0].send_keys(password)
    find("button[type=submit], input[type=submit]")[0].click()
    wait.until(lambda _: "/login" not in browser.current_url)
    browser.get(page)
    wait.until(lambda _: len(find(".dashboard-chart")) == 4 and not find(".loading, .ant-spin-spinning"))
    wait.until(lambda _: len(find(".dashboard-chart canvas")) >= 2 and find(".dashboard-chart table tbody tr"))
    time.sleep(2)  # the charts unfold
    browser.save_screenshot(picture)
    print(json.dumps({
        "errors": [e.text for e in find(".ant-alert-error, .error-message")],
        "canvases": len(find(".dashboard-chart canvas")),
        "text": " ".join(e.text for e in find(".dashboard-chart")),
    }))
except Exception:
    browser.save_screenshot(picture)
    raise
finally:
    browser.quit()
