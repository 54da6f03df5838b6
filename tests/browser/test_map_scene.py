"""EmbeddingMap's scene in a browser: what is painted lies where the points are, and what is chosen is what lies there."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import scene_harness
from harness import box
from pages import Pages
from playwright.sync_api import Locator, expect
from scene_harness import ScenePage, ground, inside, words

Spot = tuple[float, float]

# so far apart that each leaves a dot of its own; the corners span the map
GRID = [(float(x), float(y)) for x, y in itertools.product(range(-3, 4), range(-2, 3))]
KINDS = [index % 3 for index in range(len(GRID))]


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scene_harness.build(tmp_path_factory.mktemp("scene"))


def opened(pages: Pages, bundle: Path, **options: Any) -> Iterator[ScenePage]:
    options = {"reduced_motion": "reduce", **options}
    with pages.lend(script=Path(__file__).with_name("scene_watch.js"), **options) as page:
        scene = ScenePage(page, bundle)
        yield scene
        scene.leave()
    assert scene.errors == []


@pytest.fixture
def scene(pages: Pages, bundle: Path) -> Iterator[ScenePage]:
    yield from opened(pages, bundle)


@pytest.fixture
def moving(pages: Pages, bundle: Path) -> Iterator[ScenePage]:
    """For a reader who has not asked for stillness."""
    yield from opened(pages, bundle, reduced_motion="no-preference")


@pytest.fixture
def touched(pages: Pages, bundle: Path) -> Iterator[ScenePage]:
    yield from opened(pages, bundle, has_touch=True)


@pytest.fixture(params=[1, 2, 3])
def screen(pages: Pages, bundle: Path, request: pytest.FixtureRequest) -> Iterator[tuple[ScenePage, int]]:
    for scene in opened(pages, bundle, device_scale_factor=request.param):
        yield scene, request.param


# how many of the elements are on their way
GLIDING = "all => all.flatMap(e => e.getAnimations()).filter(each => each.transitionProperty === 'transform').length"


def flat(places: list[tuple[float, ...]]) -> list[float]:
    return [value for place in places for value in place]


def shown(scene: ScenePage, places: list[tuple[float, ...]] | None = None, **ask: Any) -> Locator:
    """Ground points, and words on the same places."""
    at = places or GRID
    labels = [f"w{index}" for index in range(len(at))]
    kinds = ask.pop("classes", None) or [index % 3 for index in range(len(at))]
    return scene.mount(points=words(*labels), coordinates=flat(at), axes=len(at[0]), ground=ground(at, kinds), **ask)


def bare(scene: ScenePage, places: list[tuple[float, ...]] | None = None, **ask: Any) -> Locator:
    """Ground points alone."""
    at = places or GRID
    kinds = ask.pop("classes", None) or [index % 3 for index in range(len(at))]
    return scene.mount(axes=len(at[0]), ground=ground(at, kinds), **ask)


def spots(root: Locator) -> list[Spot]:
    """The middles of the words' dots in the page, by index."""
    found = root.evaluate(
        """root => Array.from(root.querySelectorAll('[data-point]')).map(point => {
            const { left, top, width, height } = point.querySelector('.llmw-dot').getBoundingClientRect();
            return [Number(point.dataset.point), left + width / 2, top + height / 2];
        })"""
    )
    return [(x, y) for _, x, y in sorted(found)]


def centred(scene: ScenePage, root: Locator, at: Spot, reach: float = 9) -> Spot | None:
    """The middle of what is painted around a spot."""
    near = [(x, y, alpha) for x, y, _, alpha in scene.pixels(root) if math.dist((x, y), at) < reach]
    weight = sum(alpha for *_, alpha in near)
    if not weight:
        return None
    return sum(x * alpha for x, _, alpha in near) / weight, sum(y * alpha for _, y, alpha in near) / weight


def assert_together(scene: ScenePage, root: Locator, least: int = 5) -> None:
    """Each word in the picture lies on its ground point."""
    canvas = box(root.locator("canvas"))
    at = spots(root)
    within = [
        (x, y)
        for x, y in at
        if canvas["x"] + 10 < x < canvas["x"] + canvas["width"] - 10
        and canvas["y"] + 10 < y < canvas["y"] + canvas["height"] - 10
        # dots that run into each other have no middle of their own
        and sorted(math.dist((x, y), other) for other in at)[1] > 18
    ]
    assert len(within) >= least
    painted = scene.pixels(root)
    for spot in within:
        near = [(x, y, alpha) for x, y, _, alpha in painted if math.dist((x, y), spot) < 9]
        weight = sum(alpha for *_, alpha in near)
        assert weight > 0, spot
        middle = (sum(x * a for x, _, a in near) / weight, sum(y * a for _, y, a in near) / weight)
        assert math.dist(middle, spot) < 1, (spot, middle)


def middle(root: Locator) -> Spot:
    area = box(root.locator("canvas"))
    return area["x"] + area["width"] / 2, area["y"] + area["height"] / 2


def bits(mask: list[int] | None) -> set[int]:
    return {8 * byte + bit for byte, value in enumerate(mask or []) for bit in range(8) if value >> bit & 1}


def test_each_point_is_painted_where_it_lies_and_nothing_elsewhere(screen):
    scene, grain = screen
    root = shown(scene)
    canvas = root.locator("canvas")
    area = box(canvas)
    assert canvas.evaluate("canvas => canvas.width") == round(area["width"] * min(grain, 2))
    assert_together(scene, root, len(GRID))
    at = spots(root)
    # one unit is as long on both axes, and upwards is more
    unit = at[5][0] - at[0][0]
    for (x, y), (left, top) in zip(GRID, at, strict=True):
        assert abs(left - (at[0][0] + (x + 3) * unit)) < 1
        assert abs(top - (at[0][1] - (y + 2) * unit)) < 1
    for x, y, _, _ in scene.pixels(root):
        assert min(math.dist((x, y), spot) for spot in at) < 8
    expect(canvas).to_have_attribute("data-shown", str(len(GRID)))


def test_classes_have_their_colours_in_both_themes(scene):
    """The canvas has the very colours that the legend takes from the style sheet."""
    for index, theme in enumerate(("light", "dark")):
        root = bare(scene, theme=theme)
        names = ["--llmw-class-0", "--llmw-class-1", "--llmw-class-2"]
        wanted = root.evaluate(
            "(root, names) => names.map(name => getComputedStyle(root).getPropertyValue(name))", names
        )
        colours = {tuple(int(value.strip()[at : at + 2], 16) for at in (1, 3, 5)) for value in wanted}
        painted = {colour for *_, colour, alpha in scene.pixels(root) if alpha > 180}
        assert painted
        for colour in painted:
            # opacity costs a rounding
            assert min(max(abs(a - b) for a, b in zip(colour, known, strict=True)) for known in colours) <= 2
        assert len(colours) == 3
        scene.page.evaluate("index => window.scenes.close(index)", index)


def test_the_canvas_follows_the_theme(scene):
    root = bare(scene)
    before = {colour for *_, colour, alpha in scene.pixels(root) if alpha > 180}
    root.evaluate("root => { root.dataset.theme = 'dark' }")
    scene.frame()
    after = {colour for *_, colour, alpha in scene.pixels(root) if alpha > 180}
    assert after
    assert not before & after


def test_a_scale_goes_from_one_colour_to_the_other(scene):
    root = bare(scene, classes=[index % 2 * 7 for index in range(len(GRID))], scale=True, classCount=8)
    ends = root.evaluate(
        "root => ['--llmw-step-0', '--llmw-step-15'].map(name => getComputedStyle(root).getPropertyValue(name).trim())"
    )
    painted = {colour for *_, colour, alpha in scene.pixels(root) if alpha > 180}
    for end in ends:
        known = tuple(int(end[at : at + 2], 16) for at in (1, 3, 5))
        assert any(max(abs(a - b) for a, b in zip(colour, known, strict=True)) <= 2 for colour in painted)


def test_zooming_and_pulling_move_ground_and_words_together(scene):
    root = shown(scene)
    before = spots(root)
    # what is under the pointer stays there
    anchor = before[17]
    scene.page.mouse.move(*anchor)
    scene.page.keyboard.down("Control")
    scene.page.mouse.wheel(0, -200)
    scene.page.keyboard.up("Control")
    scene.rest(root)
    after = spots(root)
    assert math.dist(after[17], anchor) <= 1
    assert math.dist(after[17], after[18]) > 1.2 * math.dist(before[17], before[18])
    assert_together(scene, root)
    start = middle(root)
    scene.drag([start, (start[0] + 40, start[1] - 25)])
    scene.rest(root)
    pulled = spots(root)
    for (x, y), (left, top) in zip(after, pulled, strict=True):
        assert abs(left - x - 40) <= 1
        assert abs(top - y + 25) <= 1
    assert_together(scene, root)


def test_ground_and_words_move_in_the_same_frame(scene):
    """The words are never where the ground is not yet: in each frame both have moved by the same."""
    root = shown(scene)
    x, y = middle(root)
    steps = root.evaluate(
        """async (root, [x, y]) => {
            const chart = root.querySelector(".llmw-chart");
            const canvas = root.querySelector("canvas");
            const word = root.querySelector("[data-point='17'] .llmw-dot");
            const frame = () => new Promise(done => requestAnimationFrame(() => {
                // behind everything that this frame does before it is painted
                const channel = new MessageChannel();
                channel.port1.onmessage = done;
                channel.port2.postMessage(null);
            }));
            const ground = () => {
                const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                let left = width;
                for (let at = 3; at < data.length; at += 4) if (data[at]) left = Math.min(left, (at >> 2) % width);
                return left;
            };
            const fire = (type, at) => chart.dispatchEvent(
                new PointerEvent(type, { pointerId: 1, bubbles: true, clientX: at, clientY: y, pointerType: "mouse", isPrimary: true })
            );
            chart.setPointerCapture = () => {};
            const found = [];
            const note = () => found.push([word.getBoundingClientRect().left, ground()]);
            fire("pointerdown", x);
            note();
            for (let step = 1; step <= 5; step++) {
                fire("pointermove", x + 7 * step);
                await frame();
                note();
            }
            fire("pointerup", x + 35);
            return found;
        }""",
        [x, y],
    )
    assert steps[-1][0] - steps[0][0] == 35
    for (word, left), (next_word, next_left) in itertools.pairwise(steps):
        assert next_word - word == next_left - left == 7


def test_the_buttons_and_the_keys(scene):
    root = shown(scene)
    before = spots(root)

    def unit() -> float:
        now = spots(root)
        return math.dist(now[0], now[1])

    first = unit()
    root.get_by_role("button", name="Zoom in").click()
    scene.rest(root)
    assert unit() > 1.4 * first
    root.get_by_role("button", name="Zoom out").click()
    scene.rest(root)
    assert abs(unit() - first) < 0.5
    root.locator("[data-point='17']").focus()
    scene.page.keyboard.press("+")
    scene.rest(root)
    assert unit() > 1.4 * first
    scene.page.keyboard.press("Shift+ArrowRight")
    scene.rest(root)
    assert_together(scene, root)
    scene.page.keyboard.press("-")
    scene.rest(root)
    assert abs(unit() - first) < 0.5
    moved = spots(root)
    assert moved[17][0] < before[17][0] - 10
    scene.page.keyboard.press("0")
    scene.rest(root)
    assert max(math.dist(one, other) for one, other in zip(spots(root), before, strict=True)) < 1
    scene.page.keyboard.press("+")
    root.get_by_role("button", name="Show all").click()
    scene.rest(root)
    assert max(math.dist(one, other) for one, other in zip(spots(root), before, strict=True)) < 1


def test_zooming_goes_on_from_where_it_was_going(moving):
    root = shown(moving)
    before = spots(root)
    for _ in range(3):
        root.get_by_role("button", name="Zoom in").click()
    moving.rest(root)
    after = spots(root)
    assert abs(math.dist(*after[16:18]) / math.dist(*before[16:18]) - 1.6**3) < 0.05
    assert_together(moving, root, 1)


def test_scrolling_past_the_picture_is_the_page_s_until_it_is_clicked(scene):
    root = shown(scene)
    scene.page.evaluate("document.body.style.height = '4000px'")
    hint = root.locator(".llmw-zoom-hint")
    expect(hint).to_have_attribute("data-shown", "false")
    before = spots(root)
    place = middle(root)
    scene.page.mouse.move(*place)
    scene.page.mouse.wheel(0, 60)
    scene.page.wait_for_function("scrollY > 0")
    expect(hint).to_have_attribute("data-shown", "true")
    expect(hint).to_contain_text("Ctrl")
    scene.page.evaluate("scrollTo(0, 0)")
    assert spots(root) == before
    scene.page.mouse.click(place[0] + 31, place[1] + 33)
    scene.page.mouse.wheel(0, -60)
    root.locator(".llmw-chart[data-moving='true']").wait_for()
    scene.rest(root)
    assert scene.page.evaluate("scrollY") == 0
    assert math.dist(*spots(root)[:2]) > 1.05 * math.dist(*before[:2])
    # another place has the focus: the wheel is the page's again
    scene.page.evaluate("document.activeElement.blur()")
    scene.page.mouse.wheel(0, 60)
    scene.page.wait_for_function("scrollY > 0")


def test_two_fingers_zoom_around_their_middle(touched):
    scene = touched
    root = shown(scene)
    before = spots(root)
    (x, y) = before[17]
    touch = scene.page.context.new_cdp_session(scene.page)

    def fingers(kind: str, apart: float) -> None:
        at = [{"x": x - apart, "y": y, "id": 1}, {"x": x + apart, "y": y, "id": 2}] if apart else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    fingers("touchStart", 40)
    for apart in (50, 60, 70, 80):
        fingers("touchMove", apart)
    fingers("touchEnd", 0)
    scene.rest(root)
    after = spots(root)
    assert math.dist(after[17], (x, y)) < 2
    assert 1.8 < math.dist(after[0], after[1]) / math.dist(before[0], before[1]) < 2.2
    assert_together(scene, root)


def test_a_double_click_zooms_in_there(scene):
    root = shown(scene)
    before = spots(root)
    place = (before[17][0] + 20, before[17][1] + 15)
    scene.page.mouse.dblclick(*place)
    scene.rest(root)
    after = spots(root)
    assert abs(math.dist(after[0], after[1]) / math.dist(before[0], before[1]) - 2) < 0.02
    assert math.dist(after[17], (place[0] - 40, place[1] - 30)) < 1.5


def test_a_box_takes_exactly_what_it_holds(scene):
    root = shown(scene, tool="box")
    at = spots(root)
    one, other = (at[7][0] - 12, at[7][1] + 12), (at[28][0] + 20, at[28][1] - 60)
    scene.drag([one, other])
    within = {
        index
        for index, (x, y) in enumerate(at)
        if one[0] <= x <= other[0] and min(one[1], other[1]) <= y <= max(one[1], other[1])
    }
    (chosen,) = scene.calls("choose")
    assert 4 < len(within) < len(at)
    assert set(chosen["points"]) == within
    assert bits(chosen["ground"]) == within


def test_a_lasso_takes_exactly_what_it_holds(scene):
    luck = random.Random(7)
    places = [(luck.uniform(-3, 3), luck.uniform(-2, 2)) for _ in range(3000)]
    places += [(-3.0, -2.0), (3.0, 2.0)]
    root = bare(scene, places, tool="lasso", points=words("low", "high"), coordinates=[-3, -2, 3, 2])
    (x, y) = middle(root)
    path = [
        (
            round(x + (60 if turn % 2 else 170) * math.cos(turn * 0.4)),
            round(y + (50 if turn % 2 else 150) * math.sin(turn * 0.4)),
        )
        for turn in range(15)
    ]
    scene.drag(path, steps=1)
    (chosen,) = scene.calls("choose")
    # the corners tell how the picture is laid out
    low, high = spots(root)
    scale = (high[0] - low[0]) / 6
    drawn = [(low[0] + (px + 3) * scale, low[1] - (py + 2) * scale) for px, py in places]
    within = {index for index, (px, py) in enumerate(drawn) if inside(path, px, py)}
    assert len(within) > 200
    # half a level of 14 bits is some hundredths of a pixel
    assert all(edge_distance(path, drawn[index]) < 0.05 for index in within ^ bits(chosen["ground"]))
    assert chosen["points"] == []


def edge_distance(path: list[Spot], spot: Spot) -> float:
    def distance(one: Spot, other: Spot) -> float:
        length = math.dist(one, other) ** 2 or 1
        part = ((spot[0] - one[0]) * (other[0] - one[0]) + (spot[1] - one[1]) * (other[1] - one[1])) / length
        part = min(max(part, 0), 1)
        return math.dist(spot, (one[0] + part * (other[0] - one[0]), one[1] + part * (other[1] - one[1])))

    return min(distance(one, other) for one, other in zip(path, [*path[1:], path[0]], strict=True))


def around(spot: Spot, reach: float = 12) -> list[Spot]:
    (x, y) = spot
    return [
        (x - reach, y - reach),
        (x + reach, y - reach),
        (x + reach, y + reach),
        (x - reach, y + reach),
        (x - reach, y - 4),
    ]


def test_shift_adds_and_what_is_empty_clears(scene):
    root = shown(scene)
    at = spots(root)
    scene.drag(around(at[8]), "Alt")
    scene.drag(around(at[16]), "Shift")
    first, both = scene.calls("choose")
    assert (first["points"], bits(first["ground"])) == ([8], {8})
    assert (both["points"], bits(both["ground"])) == ([8, 16], {8, 16})
    expect(root.locator("[data-chosen='true']")).to_have_count(2)
    expect(root.locator(".llmw-ring")).to_have_count(2)
    expect(root.locator("[aria-selected='true'][data-point='16']")).to_have_count(1)
    # a click with Shift takes one more, or gives it back
    scene.page.keyboard.down("Shift")
    scene.page.mouse.click(*at[20])
    scene.page.mouse.click(*at[20])
    scene.page.keyboard.up("Shift")
    assert [call["points"] for call in scene.calls("choose")[-2:]] == [[8, 16, 20], [8, 16]]
    scene.page.mouse.click(at[8][0] + 30, at[8][1] + 26)
    assert scene.calls("choose")[-1] is None
    assert scene.calls("pick")[-1] is None
    scene.drag(around(at[8]), "Alt")
    root.locator("[data-point='8']").focus()
    scene.page.keyboard.press("Escape")
    assert scene.calls("choose")[-1] is None
    expect(root.locator("[data-chosen='true']")).to_have_count(0)
    count = len(scene.calls("choose"))
    scene.page.keyboard.press("Escape")
    assert len(scene.calls("choose")) == count


def test_what_is_chosen_is_marked_and_the_rest_fades(scene):
    root = bare(scene, tool="box")
    loud = max(alpha for *_, alpha in scene.pixels(root))
    x, y = middle(root)
    scene.drag([(x - 20, y - 20), (x + 20, y + 20)])
    (chosen,) = scene.calls("choose")
    assert len(bits(chosen["ground"])) == 1
    painted = scene.pixels(root)
    near = [alpha for px, py, _, alpha in painted if math.dist((px, py), (x, y)) < 9]
    far = [alpha for px, py, _, alpha in painted if math.dist((px, py), (x, y)) > 30]
    assert max(near) >= loud
    assert max(far) < 0.5 * loud


def test_escape_drops_a_lasso_that_is_being_drawn(scene):
    root = shown(scene, tool="lasso")
    at = spots(root)
    root.locator("[data-point='8']").focus()
    scene.page.mouse.move(at[8][0] - 12, at[8][1] - 12)
    scene.page.mouse.down()
    scene.page.mouse.move(at[8][0] + 40, at[8][1] + 40, steps=5)
    expect(root.locator(".llmw-shape")).to_have_count(1)
    scene.page.keyboard.press("Escape")
    expect(root.locator(".llmw-shape")).to_have_count(0)
    scene.page.mouse.up()
    assert scene.calls("choose") == []


def test_hidden_classes_are_neither_painted_nor_chosen_nor_found(scene):
    root = shown(scene, tool="box", hidden=[1])
    at = spots(root)
    for index, spot in enumerate(at):
        assert (centred(scene, root, spot) is None) == (KINDS[index] == 1)
    expect(root.locator("canvas")).to_have_attribute("data-shown", str(len([kind for kind in KINDS if kind != 1])))
    area = box(root.locator("canvas"))
    scene.drag([(area["x"] + 2, area["y"] + 2), (area["x"] + area["width"] - 60, area["y"] + area["height"] - 2)])
    (chosen,) = scene.calls("choose")
    assert {index for index in bits(chosen["ground"]) if KINDS[index] == 1} == set()
    assert len(bits(chosen["ground"])) > 10
    scene.set(hidden=[], points=[], coordinates=[])
    scene.page.mouse.move(*at[16])
    scene.frame()
    assert scene.calls("look")[-1] == {"on": "ground", "index": 16}
    scene.set(hidden=[KINDS[16]])
    scene.page.mouse.move(at[16][0] + 1, at[16][1])
    scene.frame()
    assert scene.calls("look")[-1] is None


def test_the_point_under_the_pointer_is_found_and_named(scene):
    luck = random.Random(3)
    places = [(luck.uniform(-3, 3), luck.uniform(-2, 2)) for _ in range(400)]
    root = shown(scene, places)
    at = spots(root)
    scene.set(points=[], coordinates=[])
    for _ in range(12):
        x, y = (luck.uniform(0.2, 0.8), luck.uniform(0.2, 0.8))
        area = box(root.locator("canvas"))
        place = (area["x"] + x * area["width"], area["y"] + y * area["height"])
        scene.page.mouse.move(*place)
        scene.frame()
        distances = sorted((math.dist(spot, place), index) for index, spot in enumerate(at))
        looked = scene.calls("look")[-1] if scene.calls("look") else None
        if distances[0][0] < 7.4:
            assert looked is not None
            # the two nearest may be as near but for the rounding
            assert looked["index"] in {index for distance, index in distances if distance < distances[0][0] + 0.8}
        elif distances[0][0] > 8.6:
            assert looked is None
    scene.page.mouse.move(*at[5])
    scene.frame()
    expect(root.locator(".llmw-ground-looked circle")).to_have_count(1)
    expect(root.locator(".llmw-ground-looked text")).to_have_count(0)
    index = scene.calls("look")[-1]["index"]
    assert index in scene.calls("names")[-1]
    scene.page.evaluate("index => window.scenes.name(0, [index])", index)
    expect(root.locator(".llmw-ground-looked text")).to_have_text(f"g{index}")
    scene.page.mouse.click(*at[5])
    assert scene.calls("pick")[-1] == {"on": "ground", "index": index}
    scene.page.mouse.move(5, 5)
    scene.frame()
    assert scene.calls("look")[-1] is None
    expect(root.locator(".llmw-ground-looked")).to_have_count(0)


def test_words_are_found_before_the_ground_beneath_them(scene):
    root = shown(scene)
    x, y = spots(root)[16]
    scene.page.mouse.move(x + 4, y)
    scene.frame()
    assert scene.calls("look")[-1] == {"on": "points", "index": 16}
    expect(root.locator("[data-point='16']")).to_have_attribute("data-looked", "true")


def test_few_points_are_labelled_and_their_names_asked_for_once(scene):
    luck = random.Random(5)
    places = [(luck.gauss(0, 1), luck.gauss(0, 1)) for _ in range(2000)]
    root = bare(scene, places)
    assert scene.calls("names") == []
    asked = 0
    for _ in range(12):
        root.get_by_role("button", name="Zoom in").click()
        scene.rest(root)
        asked = len(scene.calls("names"))
        if asked:
            break
    assert asked == 1
    (indices,) = scene.calls("names")
    assert 0 < len(indices) <= 60
    assert len(indices) == int(root.locator("canvas").get_attribute("data-shown") or 0)
    scene.page.evaluate("indices => window.scenes.name(0, indices)", indices)
    labels = root.locator(".llmw-ground-label")
    expect(labels.first).to_be_visible()
    assert labels.count() > 0.3 * len(indices)
    boxes = [box(label) for label in labels.all()]
    for one, other in itertools.combinations(boxes, 2):
        apart = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
        above = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
        assert apart <= 1 or above <= 0.35 * min(one["height"], other["height"])
    # each beside its own point
    assert set(labels.all_text_contents()) <= {f"g{index}" for index in indices}
    assert len(scene.calls("names")) == 1
    # pointing at a label points at its point
    label = labels.first
    place = box(label)
    scene.page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    scene.frame()
    assert label.text_content() == f"g{scene.calls('look')[-1]['index']}"
    expect(label).to_have_attribute("data-looked", "true")


def test_three_axes_turn_ground_and_words_together(scene):
    luck = random.Random(11)
    places = [(luck.uniform(-2, 2), luck.uniform(-1, 1), luck.uniform(-2, 2)) for _ in range(40)]
    root = shown(scene, places)
    before = spots(root)
    assert_together(scene, root, 12)
    start = middle(root)
    scene.drag([start, (start[0] + 90, start[1] + 30)])
    scene.rest(root)
    after = spots(root)
    # a turn and no pull: not all move alike
    steps = [(a[0] - b[0], a[1] - b[1]) for a, b in zip(after, before, strict=True)]
    assert max(x for x, _ in steps) - min(x for x, _ in steps) > 40
    assert_together(scene, root, 12)
    scene.drag([start, (start[0] + 50, start[1] - 20)], "Shift")
    scene.rest(root)
    for (x, y), (left, top) in zip(after, spots(root), strict=True):
        assert abs(left - x - 50) <= 1
        assert abs(top - y + 20) <= 1
    assert_together(scene, root, 12)
    assert scene.calls("choose") == []
    # the cross turns with it
    expect(root.locator(".llmw-cross")).to_contain_text("PC 3 (11 %)")
    expect(root.locator(".llmw-axes")).to_have_count(0)


def test_with_three_axes_the_nearer_is_larger_and_above(scene):
    # towards the viewer, as the map is first seen
    near = (0.53, 0.34, 0.78)
    places = [tuple(-each for each in near), near, (0.0, 0.0, 0.0)]
    root = scene.mount(points=words("far", "near", "between"), coordinates=flat(places), axes=3)
    sizes = [float(root.locator(f"[data-point='{n}'] .llmw-dot").get_attribute("r") or 0) for n in range(3)]
    assert sizes[1] > sizes[2] > sizes[0]
    order = root.locator("[data-point]").evaluate_all("all => all.map(each => Number(each.dataset.point))")
    assert order == [0, 2, 1]
    # with a word in focus no element is moved, and so it keeps the focus
    root.locator("[data-point='0']").focus()
    root.locator(".llmw-overlay").evaluate(
        """overlay => {
            window.moves = 0;
            new MutationObserver(all => { window.moves += all.length; }).observe(overlay, { childList: true });
        }"""
    )
    for _ in range(16):
        scene.page.keyboard.press("Shift+ArrowRight")
    scene.rest(root)
    expect(root.locator("[data-point='0']")).to_be_focused()
    assert scene.page.evaluate("window.moves") == 0
    scene.page.evaluate("document.activeElement.blur()")
    scene.page.wait_for_function("window.moves > 0")


@pytest.mark.parametrize("axes", [2, 3])
def test_words_are_labelled_and_no_labels_meet(scene, axes):
    places = [(math.cos(n * 2.4) * n**0.5, math.sin(n * 2.4) * n**0.5, math.cos(n))[:axes] for n in range(40)]
    mark = {"at": list(places[3]), "label": "mark"}
    labels = [f"word{n}" for n in range(40)]
    root = scene.mount(points=words(*labels), coordinates=flat(places), axes=axes, marks=[mark])
    found = root.locator(".llmw-label").all()
    assert len(found) > 30
    boxes = [box(label) for label in [*found, root.locator(".llmw-mark text")]]
    buttons = box(root.locator(".llmw-zoom"))
    for one, other in [*itertools.combinations(boxes, 2), *((each, buttons) for each in boxes)]:
        across = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
        above = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
        # a box is a line's height and its halo: the ink fills about two thirds of it
        assert across <= 1 or above <= 0.35 * min(one["height"], other["height"]), (one, other)
    own = spots(root)
    for label in found:
        index = int((label.text_content() or "").removeprefix("word"))
        rect = box(label)
        middle_of = (rect["x"] + rect["width"] / 2, rect["y"] + rect["height"] / 2)
        assert math.dist(middle_of, own[index]) < 160


def test_a_label_leaves_the_buttons_free(scene):
    root = scene.mount(points=words("low", "corner"), coordinates=[-3, -2, 3, 2.1])
    buttons = box(root.locator(".llmw-zoom"))
    expect(root.locator(".llmw-label")).to_have_count(2)
    for other in root.locator(".llmw-label").all():
        label = box(other)
        assert (
            label["x"] + label["width"] <= buttons["x"]
            or label["x"] >= buttons["x"] + buttons["width"]
            or label["y"] >= buttons["y"] + buttons["height"] - 4
        )


def test_a_word_that_is_added_moves_nothing_where_there_is_a_ground(scene):
    root = shown(scene)
    root.get_by_role("button", name="Zoom in").click()
    scene.rest(root)
    before, painted = spots(root), scene.pixels(root)
    more = [*GRID, (9.0, 9.0)]
    scene.set(points=words(*[f"w{n}" for n in range(len(more))]), coordinates=flat(more))
    assert spots(root)[: len(GRID)] == before
    assert scene.pixels(root) == painted
    # it lies outside; all of it is shown when asked for
    expect(root.locator(f"[data-point='{len(GRID)}']")).to_have_attribute("data-out", "true")
    root.get_by_role("button", name="Show all").click()
    scene.rest(root)
    expect(root.locator("[data-out='true']")).to_have_count(0)


def test_other_colours_move_nothing_either(scene):
    root = shown(scene)
    root.get_by_role("button", name="Zoom in").click()
    scene.rest(root)
    before = spots(root)
    scene.set(ground=ground(GRID, [2] * len(GRID)))
    assert spots(root) == before


def test_without_a_ground_the_words_fit_again_and_glide(moving):
    root = moving.mount(points=words("a", "b", "c"), coordinates=[0, 0, 1, 1, 2, 0])
    king = root.locator("[data-point='0']").element_handle()
    before = spots(root)
    moving.set(points=words("a", "b", "c", "d"), coordinates=[0, 0, 1, 1, 2, 0, 30, 30])
    assert root.locator("[data-point='0']").evaluate("(now, before) => now === before", king)
    assert root.locator("[data-point]").evaluate_all(GLIDING) > 2
    moving.page.wait_for_function("e => e.getAnimations().length === 0", arg=king)
    after = spots(root)
    area = box(root.locator("canvas"))
    assert math.dist(before[0], after[0]) > 20
    for x, y in after:
        assert area["x"] <= x <= area["x"] + area["width"]
        assert area["y"] <= y <= area["y"] + area["height"]
    # the camera's own moves are followed at once: a transition would lag behind the ground
    root.get_by_role("button", name="Zoom in").click()
    root.locator(".llmw-chart[data-moving='true']").wait_for()
    assert root.locator("[data-point]").evaluate_all(GLIDING) == 0
    moving.rest(root)


def test_an_extent_of_one_s_own_is_kept_while_points_move(scene):
    root = scene.mount(points=words("a", "b"), coordinates=[-1, -1, 1, 1], extent=[[-1, -1, 1, 1], [-10, -10, 10, 10]])
    small = math.dist(*spots(root))
    scene.set(coordinates=[-10, -10, 10, 10])
    assert abs(math.dist(*spots(root)) / small - 10) < 0.01


def test_the_keyboard_walks_among_the_words(scene):
    root = shown(scene)
    options = root.get_by_role("option")
    expect(options).to_have_count(len(GRID))
    expect(root.get_by_role("listbox")).to_have_count(1)
    expect(root.locator("[data-point][tabindex='0']")).to_have_count(1)
    root.locator("[data-point='0']").focus()
    scene.page.keyboard.press("End")
    focused = root.locator("[data-point]:focus")
    expect(focused).to_have_attribute("aria-label", "word w34")
    scene.page.keyboard.press("Home")
    expect(focused).to_have_attribute("data-point", "0")
    scene.page.keyboard.press("Enter")
    assert scene.calls("pick") == [{"on": "points", "index": 0}]
    scene.page.keyboard.press(" ")
    assert scene.calls("choose")[-1] == {"points": [0], "ground": None}
    assert scene.calls("look")[-1] == {"on": "points", "index": 0}
    # one that lies outside is brought into the picture
    for _ in range(6):
        scene.page.keyboard.press("+")
    scene.rest(root)
    scene.page.keyboard.press("End")
    scene.rest(root)
    expect(focused).to_have_attribute("data-out", "false")
    assert root.locator(".llmw-chart").evaluate("chart => [chart.scrollLeft, chart.scrollTop]") == [0, 0]


def test_the_ground_is_told_to_a_screen_reader(scene):
    root = bare(scene)
    expect(root.get_by_role("status")).to_contain_text("35 points, 35 of them in view")
    root.get_by_role("button", name="Zoom in").click()
    root.get_by_role("button", name="Zoom in").click()
    scene.rest(root)
    expect(root.get_by_role("status")).to_contain_text(re_count(root))
    for name in ("Zoom in", "Zoom out", "Show all"):
        expect(root.get_by_role("button", name=name)).to_be_visible()


def re_count(root: Locator) -> str:
    return f"35 points, {root.locator('canvas').get_attribute('data-shown')} of them in view"


def test_lit_points_stand_out_and_the_others_are_weaker(scene):
    root = bare(scene)
    loud = max(alpha for *_, alpha in scene.pixels(root))
    plain = len(scene.pixels(root))
    scene.set(litGround=[17])
    x, y = middle(root)
    painted = scene.pixels(root)
    lit = [alpha for px, py, _, alpha in painted if math.dist((px, py), (x, y)) < 9]
    others = [alpha for px, py, _, alpha in painted if math.dist((px, py), (x, y)) > 30]
    assert max(lit) == 255
    assert 0.2 * loud < max(others) < 0.8 * loud
    assert len(painted) > plain


def test_arrows_and_marks_follow_the_camera(scene):
    root = shown(
        scene,
        arrows=[
            {"from": [-3, -2], "to": [3, 2], "kind": "step"},
            {"from": [0, 0], "to": [1, 1], "kind": "copy"},
            {"from": [0, 0], "to": [0, 1], "kind": "tie"},
        ],
        marks=[{"at": [1, 1], "label": "king − man"}],
    )

    def assert_in_place() -> None:
        at = spots(root)
        mark = box(root.locator(".llmw-mark circle"))
        centre = (mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2)
        assert math.dist(centre, at[GRID.index((1.0, 1.0))]) < 1
        start = root.locator(".llmw-arrow[data-kind='copy'] line").evaluate(
            "e => { const at = new DOMPoint(e.x1.baseVal.value, e.y1.baseVal.value).matrixTransform(e.getScreenCTM()); return [at.x, at.y]; }"
        )
        assert math.dist(start, at[GRID.index((0.0, 0.0))]) < 1

    assert_in_place()
    expect(root.locator(".llmw-arrow polygon")).to_have_count(2)
    expect(root.locator(".llmw-tie")).to_have_count(1)
    expect(root.locator(".llmw-mark")).to_have_text("king − man")
    root.get_by_role("button", name="Zoom in").click()
    scene.rest(root)
    assert_in_place()


@pytest.mark.parametrize(
    "ask",
    [
        {"points": [], "coordinates": []},
        {"points": words("one"), "coordinates": [2.5, -1]},
        {"points": words("a", "b", "c"), "coordinates": [1, 1, 1, 1, 1, 1]},
        {"points": [], "coordinates": [], "ground": ground([(0.0, 0.0)])},
        {"points": words("a"), "coordinates": [1, 1], "ground": ground([(1.0, 1.0)] * 5000)},
        {"points": words("a", "b"), "coordinates": [1, 1, 1, 2, 2, 2], "axes": 3, "ground": ground([(1.0, 1.0, 1.0)])},
    ],
)
def test_little_to_show_is_shown(scene, ask):
    root = scene.mount(**ask)
    expect(root.locator("[data-point]")).to_have_count(len(ask["points"]))
    area = box(root.locator("canvas"))
    for x, y in spots(root):
        assert area["x"] <= x <= area["x"] + area["width"]
        assert area["y"] <= y <= area["y"] + area["height"]
    if "ground" in ask:
        assert root.locator("canvas").get_attribute("data-shown") == str(ask["ground"]["payload"]["count"])
    for name in ("Zoom in", "Zoom out", "Show all"):
        root.get_by_role("button", name=name).click()
        scene.rest(root)
    assert "NaN" not in root.inner_html()


def test_coordinates_that_are_no_numbers_are_left_out(scene):
    root = scene.mount(points=words("a", "b", "c"), coordinates=[0, 0, None, 1, 2, 2])
    expect(root.locator("[data-point]")).to_have_count(2)
    assert "NaN" not in root.inner_html()


def test_a_hidden_cell_keeps_its_picture_and_a_new_width_gets_its_own(scene):
    root = shown(scene)
    painted = len(scene.pixels(root))
    root.evaluate("root => { root.style.display = 'none' }")
    scene.frame()
    expect(root.locator("[data-point]")).to_have_count(len(GRID))
    assert root.locator("canvas").evaluate("canvas => canvas.width") > 300
    root.evaluate("root => { root.style.display = '' }")
    scene.frame()
    assert len(scene.pixels(root)) == painted
    assert_together(scene, root)
    root.evaluate("root => { root.style.width = '400px' }")
    scene.page.wait_for_function("() => document.querySelector('.llmw-overlay').clientWidth < 400")
    scene.frame()
    assert_together(scene, root)


def test_closing_leaves_nothing_behind(moving):
    scene = moving
    # Playwright's own script comes into the page with the first handle, and listens
    scene.page.locator("body").element_handle()
    before = scene.page.evaluate("window.watch.open()")
    root = shown(scene)
    canvas = root.locator("canvas").element_handle()
    assert scene.page.evaluate("window.watch.open().observers") > before["observers"]
    # closed in the middle of a movement
    root.get_by_role("button", name="Zoom in").click()
    scene.page.evaluate("window.scenes.close(0)")
    # Preact cleans up after the next frame
    scene.frame()
    scene.frame()
    assert scene.page.evaluate("window.watch.open()") == before
    assert canvas.evaluate("canvas => [canvas.width, canvas.height]") == [0, 0]
    expect(root.locator("*")).to_have_count(0)


def test_twenty_scenes_on_one_page(scene):
    luck = random.Random(2)
    places = [(luck.gauss(0, 1), luck.gauss(0, 1)) for _ in range(5000)]
    packed = ground(places)
    for _ in range(20):
        scene.mount(points=words("a"), coordinates=[0, 0], ground=packed, width=340)
    scene.frame()
    shown_counts = scene.page.locator("canvas.llmw-ground").evaluate_all("all => all.map(each => each.dataset.shown)")
    assert shown_counts == ["5000"] * 20
    for root in scene.page.locator(".llmw").all():
        assert len(scene.pixels(root)) > 1000


def test_two_hundred_thousand_points(scene):
    luck = random.Random(4)
    places = [(luck.gauss(0, 1), luck.gauss(0, 1)) for _ in range(200_000)]
    root = bare(scene, places)
    expect(root.locator("canvas")).to_have_attribute("data-shown", "200000")
    # the one farthest to the right stands alone
    index = max(range(len(places)), key=lambda each: places[each][0])
    right = max(x for x, *_ in scene.pixels(root))
    y = next(y for x, y, *_ in scene.pixels(root) if x == right)
    scene.page.mouse.move(right, y)
    scene.frame()
    assert scene.calls("look")[-1] == {"on": "ground", "index": index}
