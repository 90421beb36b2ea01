"""Going through the queue: no record is skipped or sent twice, each tab has its own, and each says what it is."""

from playwright.sync_api import expect

from tests.browser.reviewing import FIELDS, Queue, decisions, name, press, row, settled, text


class TestGoing:
    """Forwards and back, no record is skipped, and nothing is sent twice."""

    def test_back_twice_and_forward_again_meets_each(self, queue: Queue) -> None:
        page = queue("back")
        met = [name(page), press(page, "n"), press(page, "n"), press(page, "n")]
        assert [press(page, "p"), press(page, "p"), press(page, "p")] == [met[2], met[1], met[0]]
        assert [press(page, "n"), press(page, "n"), press(page, "n")] == met[1:]

    def test_without_an_answer_the_record_stays_and_is_sent_once(self, queue: Queue) -> None:
        page = queue("failed")
        settled(page)
        sent = decisions(page)
        page.route("**/review/next/**", lambda route: route.abort())
        second = press(page, "Enter")
        page.keyboard.press("Enter")
        expect(page.locator("#banner")).to_contain_text("连不上服务器")
        settled(page)
        page.keyboard.press("Enter")
        expect(page.locator("#desk")).not_to_have_class("desk-body is-waiting")
        page.unroute("**/review/next/**")
        third = press(page, "Enter")
        assert len(sent) == 2
        assert press(page, "p") == second
        assert press(page, "n") == third

    def test_the_counter_counts_records(self, queue: Queue) -> None:
        page = queue("counter", "sun")
        place, progress = page.locator("#record-place"), page.locator("#queue-progress")
        expect(place).to_have_text("第 1 条，共 4 条")
        page.keyboard.press("a")
        expect(row(page, "title").locator("[data-do=accept]")).to_be_hidden()
        page.keyboard.press("z")
        expect(page.locator("#banner")).to_contain_text("已撤销")
        expect(place).to_have_text("第 1 条，共 4 条")
        press(page, "Enter")
        expect(place).to_have_text("第 2 条，共 4 条")
        expect(progress).to_contain_text("今天已审 1 条")
        settled(page)
        page.keyboard.press("z")
        expect(place).to_have_text("第 1 条，共 4 条")
        expect(progress).to_contain_text("今天已审 0 条")
        for _ in range(3):
            press(page, "Enter")
        page.keyboard.press("Enter")
        expect(page.locator("#empty")).to_be_visible()
        settled(page)
        expect(place).to_be_hidden()

    def test_undo_outlives_the_page(self, queue: Queue) -> None:
        page = queue("reload", "zhao")
        first = name(page)
        second = press(page, "Enter")
        settled(page)
        page.reload()
        expect(page.locator("#record-name")).to_have_text(second)
        page.keyboard.press("z")
        expect(page.locator("#record-name")).to_have_text(first)
        expect(text(page, "title")).to_have_value(FIELDS["title"])


class TestHolds:
    """Each tab has its own records, as long as somebody is at it."""

    def test_two_tabs_and_one_that_is_closed(self, queue: Queue, fields_archive: str) -> None:
        page = queue("tabs")
        first = name(page)
        other = page.context.new_page()
        other.goto(page.url)
        expect(other.locator("#desk")).to_be_visible()
        assert name(other) != first
        page.goto("about:blank")
        settled(other)
        colleague = queue("tabs", "li")
        assert name(colleague) == first

    def test_a_page_that_nobody_is_at_lets_its_records_go(self, queue: Queue) -> None:
        page = queue("idle", before=lambda opened: opened.clock.install())
        held: list[str] = []
        page.on("request", lambda request: held.append(request.url) if request.url.endswith("/hold/") else None)
        page.clock.fast_forward("05:00")
        settled(page)
        assert held
        page.clock.fast_forward("06:00")
        settled(page)
        held.clear()
        page.clock.fast_forward("30:00")
        settled(page)
        assert not held
        with page.expect_request("**/review/hold/"):
            page.mouse.move(200, 200)


_FETCHED = """window.fetched = [];
const get = window.fetch;
window.fetch = (address, options) => {
  window.fetched.push([String(address), Boolean(options.keepalive)]);
  return get(address, options);
};"""
_CAME_BACK = """async (address) => {
  const { createRecords } = await import(address);
  let number = 1000000;
  let most = 0;
  window.fetch = async (_, { body }) => {
    most = Math.max(most, JSON.parse(body).passed.length);
    number += 1;
    return new Response(JSON.stringify({ record: { id: number, scans: [], fields: [], came_back: true } }));
  };
  const records = createRecords(() => false);
  for (let turn = 0; turn < 600; turn += 1) await records.next();
  return most;
}"""


class TestCalls:
    """Calls stay within what the server and the browser take."""

    def test_calls_that_outlive_the_page_are_not_longer_together_than_browsers_allow(self, queue: Queue) -> None:
        page = queue("calls", before=lambda opened: opened.add_init_script(_FETCHED))
        page.route("**/decide/", lambda route: None)
        for _ in range(2):
            text(page, "title").fill("长" * 15_000)
            press(page, "Control+Enter")
        sent = page.evaluate("window.fetched.filter(([address]) => address.includes('/decide/'))")
        assert [keepalive for _address, keepalive in sent] == [True, False]
        page.unroute_all(behavior="ignoreErrors")

    def test_however_many_came_back_the_next_one_can_be_asked_for(self, queue: Queue) -> None:
        page = queue("calls", "li")
        script = page.evaluate(
            "performance.getEntriesByType('resource').map(({ name }) => name).find((name) => name.includes('/records'))"
        )
        assert 100 < page.evaluate(_CAME_BACK, script) <= 500


class TestAbout:
    """Whose record it is, who may see it, and whether it may be classified."""

    def test_they_are_told_and_nothing_is_accepted_of_what_is_held_back(self, queue: Queue) -> None:
        page = queue("about")
        about = page.locator(".desk-about")
        expect(about).to_contain_text("馆藏：馆藏about")
        expect(page.locator("#record-restricted")).to_be_hidden()
        expect(page.locator("#record-secrecy")).to_be_hidden()
        press(page, "n")
        expect(page.locator("#record-restricted")).to_have_text("仅审核员可见")
        block = page.locator("#record-secrecy")
        expect(block).to_contain_text("疑似涉密，已停用")
        expect(block).to_contain_text("图上的文字：机密★10年")
        sent = decisions(page)
        for pressed in ("Enter", "a"):
            page.keyboard.press(pressed)
            expect(page.locator("#banner")).to_contain_text("这条记录的草稿现在不能采用")
            page.locator("#banner").get_by_role("button").click()
            page.keyboard.press("Escape")
            page.locator("#fields").focus()
        assert not sent
        press(page, "n")
        expect(block).to_be_hidden()

    def test_terms_to_choose_from_are_told_to_screen_readers(self, queue: Queue) -> None:
        page = queue("about", "qian")
        people = text(page, "people")
        expect(people).to_have_attribute("role", "combobox")
        expect(people).to_have_attribute("aria-expanded", "false")
        people.fill("王")
        expect(people).to_have_attribute("aria-expanded", "true")
        choices = page.locator(f"#{people.get_attribute('aria-controls')}")
        expect(choices.get_by_role("option", name="王小明")).to_be_visible()
        page.keyboard.press("ArrowDown")
        expect(choices.get_by_role("option", selected=True)).to_have_text("王小明")
        page.keyboard.press("Escape")
        expect(people).to_have_attribute("aria-expanded", "false")
