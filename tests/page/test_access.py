"""The web page for everybody: keyboard, names, contrast, narrow screens."""

import itertools

import pytest

CONTRASTS = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const colour = parse(getComputedStyle(element).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    const pair = [light(parse(getComputedStyle(element).color)), light(ground(element))];
    found.push([(Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05), walker.currentNode.data]);
  }
  return found;
}"""
OPERABLE = {"button", "textbox", "combobox", "link", "checkbox", "slider", "DisclosureTriangle"}


def show_all(page, photo, talk, tmp_path):
    """Have the page show whatever it can show at once."""
    notes = tmp_path / "notes.txt"
    notes.write_text("a shopping list")
    page.get_by_text("Options", exact=True).click()
    page.locator("#file").set_input_files([str(photo.path), str(talk), str(notes)])
    page.locator("#results article").nth(2).wait_for()
    page.locator("#results details").evaluate_all("all => all.forEach(one => (one.open = true))")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(open_page, photo, talk, tmp_path, scheme):
    page = open_page(color_scheme=scheme)
    show_all(page, photo, talk, tmp_path)
    found = page.evaluate(CONTRASTS)
    assert len(found) > 60
    assert [(ratio, text) for ratio, text in found if ratio < 4.5] == []
    page.locator("body").evaluate("body => body.style.color = '#999'")
    page.locator("body").evaluate("body => body.style.backgroundColor = '#888'")
    assert min(page.evaluate(CONTRASTS))[0] < 4.5  # the measure sees bad contrast


def test_whatever_can_be_used_has_a_name(open_page, photo, talk, tmp_path):
    page = open_page()
    show_all(page, photo, talk, tmp_path)
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    names = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"] and node["role"]["value"] in OPERABLE
    ]
    assert len(names) > 8
    assert [role for role, name in names if not name.strip()] == []
    assert page.get_by_label("Choose files").get_attribute("id") == "file"
    pictures = [
        node["name"]["value"] for node in nodes if node.get("role", {}).get("value") == "image"
    ]
    assert any(name.startswith("group.png: face 1: ") for name in pictures)
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("h1").count() == 1
    levels = page.locator("h1, h2, h3").evaluate_all("all => all.map(one => +one.tagName[1])")
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_the_keyboard_is_enough(open_page, photo):
    page = open_page()
    page.on("filechooser", lambda chooser: chooser.set_files(str(photo.path)))
    page.get_by_role("button", name="Use the camera").wait_for()
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page) == "file"
    assert page.locator("label.button").evaluate("one => getComputedStyle(one).outlineStyle") != (
        "none"
    )
    page.keyboard.press("Enter")
    page.locator(".box").nth(3).wait_for()
    page.keyboard.press("Tab")
    assert focused(page) == "Options"
    page.keyboard.press("Tab")
    assert focused(page) == "camera"
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Stop the camera").wait_for()
    assert focused(page) == "camera"  # it is not lost while the button is out of use
    page.keyboard.press("Space")
    page.get_by_role("button", name="Use the camera").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert focused(page).startswith("Face 1: ")
    page.keyboard.press("Enter")
    assert page.locator("#results details").first.get_attribute("open") is None


def focused(page):
    return page.evaluate("document.activeElement.id || document.activeElement.textContent")


def test_narrow_screens_and_little_motion(open_page, photo, talk, tmp_path):
    viewport = {"width": 320, "height": 600}
    page = open_page(viewport=viewport, reduced_motion="reduce")
    show_all(page, photo, talk, tmp_path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    bar = page.locator(".fill").first
    assert bar.evaluate("bar => getComputedStyle(bar).transitionDuration") == "0s"
    for button in page.locator("button:visible, .button").all():
        assert button.bounding_box()["height"] >= 44
