"""The web page against the rules of axe-core, in its states."""

import pytest

axe_playwright = pytest.importorskip("axe_playwright_python.sync_playwright")


def violations(page):
    found = axe_playwright.Axe().run(page).response
    assert len(found["passes"]) > 10  # it has looked at something
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]]


def show(page, path):
    page.locator("#file").set_input_files(path)
    page.locator("#results article", has_text=path.name).first.wait_for()
    page.locator("#results details").evaluate_all("all => all.forEach(one => (one.open = true))")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_state_of_the_page_breaks_a_rule(open_page, photo, talk, tmp_path, scheme):
    notes = tmp_path / "notes.txt"
    notes.write_text("a shopping list")
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    page.get_by_text("Options", exact=True).click()
    assert violations(page) == []
    for path, shown in ((photo.path, ".box"), (talk, "table"), (notes, ".problem")):
        show(page, path)
        page.locator(f"#results {shown}").first.wait_for()
        assert violations(page) == []
    page.evaluate("document.querySelector('#file').removeAttribute('id')")
    assert [name for name, _ in violations(page)] != []  # a field without its label
