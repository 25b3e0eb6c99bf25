"""The page as a whole: where it comes from, its address, what is refused, lessons that come back."""

from urllib.parse import urlsplit


def test_the_token_is_gone_and_the_state_stays(open_page, address):
    opened = open_page("network.hidden=3_2&network.activations=tanh_tanh&at=5")
    place = urlsplit(opened.page.url)
    assert (place.path, place.query) == ("/", "")
    assert opened.page.url.startswith(f"{urlsplit(address).scheme}://{urlsplit(address).netloc}")
    common = opened.lesson().receive({"do": "read"})["common"]
    assert (common["layer_sizes"], common["position"]) == ([2, 3, 2, 1], 5)
    assert "token" not in opened.page.content()


def test_nobody_else_is_let_in(open_page, chromium, address):
    open_page()
    context = chromium.new_context()
    answer = context.request.get(f"http://{urlsplit(address).netloc}/")
    assert (answer.status, answer.text().count("\n")) == (403, 1)
    context.close()


def test_a_page_that_is_loaded_again_finds_its_lesson(open_page):
    opened = open_page()
    opened.press("s", "s", "s")
    before = opened.state()
    assert "at=3" in before
    opened.page.reload()
    opened.page.wait_for_selector("[data-section=network]:not(.waiting)")
    opened.settle()
    assert opened.state() == before


def test_a_state_that_is_none_is_said_in_a_line(open_page):
    opened = open_page("network.rate=quick")
    assert opened.page.evaluate("traffic.refused.length") == 1
    alarm = opened.page.locator(".bar-error").inner_text()
    assert "quick" in alarm and "\n" not in alarm
