"""The page as a whole: where it comes from, its address, what is refused, lessons that come back."""

from urllib.parse import urlsplit

from tests.page.clients import running_server


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


HARM = "<img src=x onerror=harm()><script>harm()</script>"


def test_text_of_a_table_is_text(open_page, tmp_path) -> None:
    """Names, cells and the file's own name are shown as they are written; none becomes an element."""
    opened = open_page()
    opened.page.evaluate("window.harmed = 0; window.harm = () => (window.harmed += 1); undefined")
    file = tmp_path / "<b>houses<b>.csv"
    rows = [f"{k},{k * 7 % 11},{'<u>yes<u>' if k % 3 else HARM}" for k in range(40)]
    file.write_text(f'"{HARM}","<style>*{{color:red}}</style>",<i>dear</i>\n' + "\n".join(rows) + "\n")
    opened.page.locator("input[type=file]").set_input_files(file)
    opened.page.wait_for_selector(f"option >> text={HARM}", state="attached")
    opened.settle()
    assert (
        opened.page.get_by_label("Data", exact=True).and_(opened.page.locator("select")).input_value()
        == "table"
    )
    assert opened.page.locator("img, b, u, i, body style, body script").count() == 0
    assert opened.page.evaluate("window.harmed") == 0
    assert HARM in opened.page.content().replace("&lt;", "<").replace("&gt;", ">")


def test_a_table_that_is_none_is_said_in_a_line(open_page, tmp_path) -> None:
    opened = open_page("at=5")
    before = opened.state()
    file = tmp_path / "empty.csv"
    file.write_text("")
    opened.page.locator("input[type=file]").set_input_files(file)
    opened.page.wait_for_selector(".bar-error:not(:empty)")
    assert "empty.csv" in opened.page.locator(".bar-error").inner_text()
    assert opened.state() == before


def test_a_page_of_a_table_shows_the_table_and_finds_it_again(open_page, tmp_path) -> None:
    table = tmp_path / "houses.csv"
    areas = [40 + 37 * number % 101 for number in range(60)]
    rows = "\n".join(f"{area},{area % 7},{3 * area + 20 * (area % 7)}" for area in areas)
    table.write_text(f"area,rooms,price\n{rows}\n")
    with running_server(str(table), "--target", "price") as server:
        place = server.address
        opened = open_page(at=place)
        assert opened.section("network").get_by_text("area").count()
        assert opened.scene("network")["plane"]["names"] == ["area", "rooms"]
        opened.press("s", "s")
        assert opened.state() == "network.data=table&network.loss=half_squared_error&at=2"
        opened.page.reload()
        opened.page.wait_for_selector("[data-section=network]:not(.waiting)")
        opened.settle()
        assert opened.scene("network")["plane"]["names"] == ["area", "rooms"]
        assert opened.state().endswith("at=2")
        other = open_page(";product", at=place)
        assert other.scene("network")["plane"]["names"] == ["area", "rooms"]
        opened.page.close()
        other.page.close()
