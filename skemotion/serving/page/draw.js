// Results as elements of the page. Styles are set as properties: attributes would need an
// exception in the content security policy.

export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

export function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

// Call it again with the same table to move its bars.
export function bars(probabilities, caption, table = element("table", { className: "bars" })) {
  const names = Object.keys(probabilities);
  const best = names.reduce((a, b) => (probabilities[b] > probabilities[a] ? b : a));
  if (!table.tBodies.length) {
    const rows = names.map((name) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, name),
        element("td", {}, element("div", { className: "track" }, element("div", { className: "fill" }))),
        element("td"),
      ),
    );
    table.append(element("caption", {}, caption), element("tbody", {}, ...rows));
  }
  names.forEach((name, number) => {
    const row = table.tBodies[0].rows[number];
    row.className = name === best ? "best" : "";
    row.querySelector(".fill").style.width = `${100 * probabilities[name]}%`;
    row.cells[2].textContent = percent(probabilities[name]);
  });
  return table;
}

// Boxes over a picture of which the service told the size; `figure` holds the picture.
export function boxes(figure, item) {
  figure.querySelectorAll(".box").forEach((old) => old.remove());
  const { width, height } = item.media;
  return item.faces.map(({ box, label, probabilities }, number) => {
    if (!box) return null;
    const share = element("span", { className: "share" }, ` ${percent(probabilities[label])}`);
    const made = element(
      "div",
      { className: "box", "aria-hidden": "true" },
      element("span", {}, item.faces.length > 1 ? `${number + 1} ${label}` : label, share),
    );
    made.classList.toggle("inside", box.y < 0.08 * height);
    made.classList.toggle("right", box.x + box.width / 2 > 0.6 * width);
    made.style.left = `${(100 * box.x) / width}%`;
    made.style.top = `${(100 * box.y) / height}%`;
    made.style.width = `${(100 * box.width) / width}%`;
    made.style.height = `${(100 * box.height) / height}%`;
    figure.append(made);
    return made;
  });
}

export function describeFaces(item) {
  const told = item.faces.map(({ label, probabilities }, number) => {
    const who = item.faces.length > 1 ? `face ${number + 1}: ` : "";
    return `${who}${label}, ${percent(probabilities[label])}`;
  });
  return told.join("; ");
}

export function photo(url, name, item) {
  const image = element("img", { src: url, alt: `${name}: ${describeFaces(item)}` });
  image.classList.toggle("small", item.media.width < 120);
  const figure = element("figure", { className: "photo" }, image);
  const drawn = boxes(figure, item);
  image.onerror = () => {
    figure.replaceChildren(element("p", { className: "note" }, "Your browser cannot show this picture."));
  };
  return { figure, drawn };
}

export function faceList(item, drawn) {
  const list = item.faces.map(({ label, probabilities }, number) => {
    const summary = element("summary", {}, `Face ${number + 1}: ${label}, ${percent(probabilities[label])}`);
    const made = element("details", { open: number === 0 }, summary, bars(probabilities, "Probabilities"));
    for (const [event, on] of [["mouseenter", true], ["focusin", true], ["mouseleave", false], ["focusout", false]]) {
      made.addEventListener(event, () => drawn[number]?.classList.toggle("on", on));
    }
    return made;
  });
  return element("div", {}, ...list);
}

// A row a class, a column a window: the fuller the colour, the higher the probability.
export function timeline(segments, begin, end, onSeek = null) {
  const names = Object.keys(segments[0].probabilities);
  const place = (seconds) => `${(100 * (seconds - begin)) / (end - begin)}%`;
  const plot = element("div", { className: "plot", "aria-hidden": "true" });
  segments.forEach((segment, number) => {
    const [first, last] = span(segments, number);
    names.forEach((name, row) => {
      const share = segment.probabilities[name];
      const cell = element("div", { className: name === segment.label ? "cell best" : "cell" });
      cell.title = `${time(segment.start)} to ${time(segment.end)}: ${name}, ${percent(share)}`;
      cell.style.left = place(first);
      cell.style.width = `${(100 * (last - first)) / (end - begin)}%`;
      cell.style.top = `${(100 * row) / names.length}%`;
      cell.style.height = `${100 / names.length}%`;
      cell.style.backgroundColor = `color-mix(in srgb, var(--accent) ${100 * share}%, transparent)`;
      plot.append(cell);
    });
  });
  const head = element("div", { className: "head", hidden: true });
  plot.append(head);
  if (onSeek) {
    plot.onclick = (event) => {
      const { left, width } = plot.getBoundingClientRect();
      onSeek(begin + ((end - begin) * (event.clientX - left)) / width);
    };
  }
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => element("span", {}, time(begin + share * (end - begin))));
  const axis = element("div", { className: "axis", "aria-hidden": "true" }, ...ticks);
  const labels = names.map((name) => element("span", {}, name));
  const made = element(
    "div",
    { className: "timeline" },
    element("div", { className: "names", "aria-hidden": "true" }, ...labels),
    plot,
    axis,
  );
  made.moveHead = (seconds) => {
    head.hidden = false;
    head.style.left = place(Math.min(end, seconds));
  };
  return made;
}

// Windows overlap: each is drawn where it is nearer than its neighbours.
function span(segments, number) {
  const middle = ({ start, end }) => (start + end) / 2;
  const here = segments[number];
  const before = segments[number - 1];
  const after = segments[number + 1];
  return [
    before ? (middle(before) + middle(here)) / 2 : here.start,
    after ? (middle(here) + middle(after)) / 2 : here.end,
  ];
}

export function timeTable(segments) {
  const names = Object.keys(segments[0].probabilities);
  const head = element("tr", {}, ...["seconds", "label", ...names].map((name) => element("th", { scope: "col" }, name)));
  const rows = segments.map(({ start, end, label, probabilities }) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, `${start.toFixed(1)} to ${end.toFixed(1)}`),
      element("td", {}, label),
      ...names.map((name) => element("td", {}, percent(probabilities[name]))),
    ),
  );
  const table = element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
  const scroll = element("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "Timeline as a table" }, table);
  return element("details", {}, element("summary", {}, "Timeline as a table"), scroll);
}

export function time(seconds) {
  return `${seconds.toFixed(1)} s`;
}

const HINTS = { no_face: "Under Options you can say that the picture shows one face and nothing else." };

export function problemBox(problem) {
  const box = element("div", { className: "problem" }, element("p", {}, problem.message));
  const notes = [HINTS[problem.code], problem.requestId && `Request ${problem.requestId}`];
  box.append(...notes.filter(Boolean).map((text) => element("p", { className: "note" }, text)));
  return box;
}
