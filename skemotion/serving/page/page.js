// The page: files, live views and results of one service.

import { bars, describeFaces, element, faceList, percent, photo, problemBox, timeTable, timeline } from "./draw.js";
import { startCamera, startMicrophone } from "./live.js";
import { Problem, getModels, predict, setKey } from "./service.js";

const find = (id) => document.getElementById(id);
const KINDS = { face: "image/*", voice: "audio/*", video: "video/*" };
const NOUNS = { face: "pictures", voice: "recordings", video: "videos" };

let limits = null;
let urls = [];
let run = 0; // of several choices of files, the last one counts
let live = null; // name of the device, and what stops it

function say(text) {
  find("status").textContent = text;
}

function showProblem(error) {
  const problem = error instanceof Problem ? error : new Problem({ detail: `The page failed: ${error.message}. Reload it.` });
  find("problem").replaceChildren(problemBox(problem));
  if (problem.status === 401) askForKey();
}

function askForKey() {
  find("access").hidden = false;
  find("key").focus();
}

async function begin() {
  find("problem").replaceChildren();
  try {
    const { models, limits: given } = await getModels();
    limits = given;
    showService(models);
  } catch (error) {
    find("service").textContent = error.status === 401 ? "The service wants a key." : "The service cannot be used now.";
    if (error.status === 401 && find("access").hidden) askForKey();
    else showProblem(error);
  }
}

function showService(models) {
  const modalities = [...new Set(models.map(({ modality }) => modality))];
  const told = models.map(({ name, version, classes, has_probabilities }) =>
    `${name} (version ${version}): ${classes.join(", ")}${has_probabilities ? "" : "; it only decides, so its bars are full or empty"}`);
  find("service").textContent = `It takes ${modalities.map((one) => NOUNS[one] ?? one).join(" and ")}. ${told.join(". ")}.`;
  find("file").accept = modalities.map((one) => KINDS[one]).filter(Boolean).join(",");
  find("camera").hidden = !modalities.includes("face");
  find("microphone").hidden = !modalities.includes("voice");
  find("live").hidden = find("camera").hidden && find("microphone").hidden;
  find("faces").parentElement.hidden = !modalities.includes("face");
  find("model-choice").hidden = models.length < 2;
  find("options").hidden = find("faces").parentElement.hidden && models.length < 2;
  const choices = models.map(({ name }) => element("option", { value: name }, name));
  find("model").replaceChildren(find("model").options[0], ...choices);
  find("access").hidden = true;
  find("tools").hidden = false;
}

function options() {
  return { model: find("model").value, faces: find("faces").value };
}

async function predictFiles(files) {
  const own = ++run;
  urls.forEach((url) => URL.revokeObjectURL(url));
  urls = [];
  find("problem").replaceChildren();
  find("results").replaceChildren();
  let last = "";
  let failed = 0;
  for (const [number, file] of files.entries()) {
    say(files.length > 1 ? `File ${number + 1} of ${files.length}…` : `Looking at ${file.name}…`);
    let card;
    try {
      if (file.size > limits.max_body) {
        throw new Problem({
          detail: `Expected at most ${limits.max_body} bytes, got a file of ${file.size}. Shrink or cut it.`,
        });
      }
      const item = await predict(file, options());
      if (own !== run) return;
      card = drawItem(file, item);
      last = `${file.name}: ${item.faces ? describeFaces(item) : verdict(item)}.`;
    } catch (error) {
      if (own !== run) return;
      if (error.status === 401) {
        showProblem(error);
        say("The service wants a key.");
        return;
      }
      card = element("article", {}, element("h3", {}, file.name), problemBox(error));
      last = `${file.name}: ${error.message}`;
      failed += 1;
    }
    find("results").append(card);
  }
  say(files.length > 1 ? `${files.length} files: ${files.length - failed} with a result, ${failed} without.` : last);
}

function verdict(item) {
  return `${item.label}, ${percent(item.probabilities[item.label])}`;
}

function drawItem(file, item) {
  const { kind } = item.media;
  const url = URL.createObjectURL(file);
  urls.push(url);
  const article = element("article", { "aria-label": file.name }, element("h3", {}, file.name));
  article.append(element("p", { className: "verdict" }, item.faces?.length > 1 ? `${item.faces.length} faces` : verdict(item)));
  if (item.warning) article.append(element("p", { className: "note" }, item.warning));
  article.append({ image: drawPicture, audio: drawRecording, video: drawVideo }[kind](file, item, url));
  article.append(element("p", { className: "note" }, `By ${item.model.name}, version ${item.model.version}.`));
  return article;
}

function drawPicture(file, item, url) {
  const { figure, drawn } = photo(url, file.name, item);
  const figures = item.faces.length > 1 ? faceList(item, drawn) : bars(item.probabilities, "Probabilities");
  return element("div", { className: "split" }, element("div", {}, figure), figures);
}

function drawRecording(file, item, url) {
  const audio = element("audio", { src: url, controls: true, "aria-label": file.name });
  const whole = bars(item.probabilities, item.timeline ? "Probabilities, mean over the recording" : "Probabilities");
  if (!item.timeline) return element("div", {}, audio, whole);
  const seek = (seconds) => {
    audio.currentTime = seconds;
  };
  const drawn = timeline(item.timeline, 0, item.media.duration, seek);
  audio.ontimeupdate = () => drawn.moveHead(audio.currentTime);
  return element("div", {}, audio, drawn, timeTable(item.timeline), whole);
}

function drawVideo(file, item, url) {
  const video = element("video", { src: url, controls: true, "aria-label": file.name });
  return element("div", { className: "split" }, element("div", { className: "photo" }, video), bars(item.probabilities, "Probabilities"));
}

const LIVE = { camera: startCamera, microphone: startMicrophone };

async function toggleLive(name) {
  const before = live;
  before?.stop();
  if (before?.name === name) return;
  find("problem").replaceChildren();
  Object.keys(LIVE).forEach((one) => { find(one).disabled = true; });
  try {
    const stop = await LIVE[name](find("live-view"), say, (problem) => liveEnded(name, problem), options());
    live = { name, stop };
    find(name).textContent = `Stop the ${name}`;
    find(name).classList.add("on");
    say(`The ${name} is on.`);
  } catch (error) {
    showProblem(error);
  } finally {
    Object.keys(LIVE).forEach((one) => { find(one).disabled = false; });
    find(name).focus();
  }
}

function liveEnded(name, problem) {
  live = null;
  find(name).textContent = `Use the ${name}`;
  find(name).classList.remove("on");
  say(problem ? `The ${name} is off: ${problem.message}` : `The ${name} is off.`);
  if (problem?.status === 401) askForKey();
}

find("access-form").addEventListener("submit", (event) => {
  event.preventDefault();
  setKey(find("key").value);
  begin().then(() => find("tools").hidden || find("file").focus());
});
find("file").addEventListener("change", ({ target }) => {
  const files = [...target.files];
  target.value = ""; // so that the same file can be chosen again
  if (files.length) predictFiles(files);
});
for (const [event, over] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]]) {
  find("drop").addEventListener(event, () => find("drop").classList.toggle("over", over));
}
// everywhere: a file that misses the field is not to replace the page
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  const files = [...event.dataTransfer.files];
  if (files.length && limits) predictFiles(files);
});
Object.keys(LIVE).forEach((name) => find(name).addEventListener("click", () => toggleLive(name)));

begin();
