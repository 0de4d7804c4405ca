"""The main road in a real browser, in both languages, on a wide and a narrow screen."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.functional.live_judge import GOOD_CSV, PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WEAK_CSV = b"id,score\n1,0.1\n2,0.9\n3,0.8\n4,0.2\n"
BAD_CSV = b"id,score\n1,0.9\n2,nan\n3,0.8\n"
WORDS = {
    "en-US": {"register": "Create an account", "hand_in": "Submit", "scored": "Scored",
              "board": "Leaderboard"},
    "zh-CN": {"register": "注册账号", "hand_in": "提交", "scored": "已得分", "board": "排行榜"},
}  # fmt: skip


def register(page: Page, url: str, name: str, words: dict[str, str]) -> None:
    page.goto(f"{url}/register")
    page.fill("#username", name)
    page.fill("#password", PASSWORD)
    page.fill("#repeated", PASSWORD)
    page.get_by_role("button", name=words["register"]).click()
    page.wait_for_url(f"{url}/")


def hand_in(page: Page, url: str, body: bytes, words: dict[str, str]) -> None:
    page.goto(f"{url}/problems/tiny/submit")
    page.set_input_files("#file", {"name": "answers.csv", "mimeType": "text/csv", "buffer": body})
    expect(page.locator("[data-file-name]")).to_contain_text("answers.csv")
    page.locator("form[data-upload] button[type=submit]").click()
    page.wait_for_url(re.compile(r"/submissions/\w+$"))


def has_no_sideways_scroll(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(("language", "width"), [("en-US", 1440), ("zh-CN", 390)])
def test_from_registration_to_the_leaderboard(judge, open_page, language, width):
    words = WORDS[language]
    name = f"person-{language[:2]}"
    page = open_page(language, width)
    register(page, judge.url, name, words)
    page.goto(f"{judge.url}/practice")
    page.locator("main .tile a").first.click()
    expect(page.locator(".statement math")).to_be_visible()
    page.get_by_role("link", name=words["hand_in"]).first.click()
    hand_in(page, judge.url, GOOD_CSV, words)
    expect(page.locator("[data-live] .verdict .chip")).to_contain_text(words["scored"])
    expect(page.locator("[data-score]")).to_have_text("1.0000")
    page.reload()
    expect(page.locator("[data-score]")).to_have_text("1.0000")
    page.get_by_role("link", name=words["board"]).first.click()
    own = page.locator("tr.is-own")
    expect(own).to_contain_text(name)
    expect(own).to_contain_text("1.0000")


def test_two_people_are_ranked(judge, open_page):
    words = WORDS["en-US"]
    for name, body in (("weaker", WEAK_CSV), ("stronger", GOOD_CSV)):
        page = open_page()
        register(page, judge.url, name, words)
        hand_in(page, judge.url, body, words)
        expect(page.locator("[data-live] .verdict .chip")).to_contain_text("Scored")
    page.goto(f"{judge.url}/contests/practice/leaderboard?problem=tiny")
    names = page.locator("tbody tr td:nth-child(2) strong").all_inner_texts()
    assert names.index("stronger") < names.index("weaker")


def test_live_page_moves_through_the_states_without_a_reload(judge, open_page):
    """The page is told what happens by the server; nothing here touches it after it is opened."""
    words = WORDS["en-US"]
    page = open_page()
    register(page, judge.url, "watcher", words)
    page.add_init_script(
        "new MutationObserver(() => {"
        "  const now = document.querySelector('.road .is-now, .verdict .chip');"
        "  if (now) (window.seen ??= []).push(now.textContent.trim());"
        "}).observe(document, {childList: true, subtree: true});"
    )
    hand_in(page, judge.url, GOOD_CSV, words)
    expect(page.locator("[data-score]")).to_be_visible()
    seen = page.evaluate("window.seen")
    assert "Scored" in seen[-1]
    assert len(dict.fromkeys(seen)) >= 2, seen
    expect(page.locator("[data-announce]")).to_contain_text("Scored")


def test_refused_predictions_say_which_row(judge, open_page):
    page = open_page("zh-CN")
    register(page, judge.url, "careless", WORDS["zh-CN"])
    hand_in(page, judge.url, BAD_CSV, WORDS["zh-CN"])
    expect(page.locator("[data-live] .verdict .chip")).to_contain_text("格式错误")
    expect(page.locator(".messages")).to_contain_text("第 3 行")


def test_drop_and_refusal_before_anything_is_counted(judge, open_page):
    page = open_page()
    register(page, judge.url, "dropper", WORDS["en-US"])
    page.goto(f"{judge.url}/problems/tiny/submit")
    page.evaluate(
        """() => {
            const files = new DataTransfer();
            files.items.add(new File(["PK\\u0003\\u0004 no table"], "answers.csv", {type: "text/csv"}));
            document.querySelector(".drop").dispatchEvent(
                new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: files}));
        }"""
    )
    expect(page.locator("[data-file-name]")).to_contain_text("answers.csv")
    page.locator("form[data-upload] button[type=submit]").click()
    expect(page.locator("[data-upload-error]")).to_contain_text("a zip archive")
    page.goto(f"{judge.url}/submissions")
    expect(page.locator("main")).to_contain_text("Nothing submitted yet.")


def test_language_switch_in_the_bar(judge, open_page):
    page = open_page("en-US")
    page.goto(f"{judge.url}/practice")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("h1")).to_have_text("练习")
    page.goto(judge.url)
    assert page.locator("html").get_attribute("lang") == "zh-CN"


def test_works_without_scripts(judge, open_page):
    page = open_page(scripts=False)
    register(page, judge.url, "plain", WORDS["en-US"])
    page.goto(f"{judge.url}/problems/tiny/submit")
    page.set_input_files("#file", {"name": "a.csv", "mimeType": "text/csv", "buffer": GOOD_CSV})
    page.locator("form[data-upload] button[type=submit]").click()
    page.wait_for_url(re.compile(r"/submissions/\w+$"))
    for _ in range(60):
        if page.locator("[data-score]").count():
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(page.locator("[data-score]")).to_have_text("1.0000")


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_is_wider_than_the_screen(judge, open_page, language, width):
    person = judge.person()
    page = open_page(language, width)
    page.goto(f"{judge.url}/sign-in")
    page.fill("#username", person.account.username)
    page.fill("#password", PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(f"{judge.url}/")
    for path in ("/", "/practice", "/problems/tiny", "/problems/tiny/submit", "/contests", "/submissions",
                 "/teams", "/settings", "/contests/practice/leaderboard", "/nope"):  # fmt: skip
        page.goto(judge.url + path)
        assert has_no_sideways_scroll(page), path
    page.goto(f"{judge.url}/settings")
    page.fill("#name", "x" * 60)
    page.locator("form[action='/settings/tokens'] button[type=submit]").click()
    expect(page.locator("#new-token")).to_contain_text("omj_")
    assert has_no_sideways_scroll(page), "a new token"
