// Camera and microphone: a preview here, frames or sound to the service, results as they come.

import { bars, boxes, describeFaces, element, percent, problemBox, timeline } from "./draw.js";
import { Problem, connect } from "./service.js";

const SIDE = 640; // pixels of the longer side of a frame that is sent
const PAUSE = 100; // ms between two frames at least
const WINDOW = 3; // s of sound in a prediction
const HOP = 1; // s between two predictions
const SHOWN = 60; // windows on the timeline
const SAID = 3000; // ms between two announcements at least

// Both start, and return a function that stops; `onEnd` is called with a Problem or null.
export async function startCamera(view, say, onEnd, { model, faces }) {
  const stream = await open({ video: { width: { ideal: 1280 }, facingMode: "user" } });
  const video = element("video", { muted: true, playsInline: true, srcObject: stream, "aria-label": "Your camera" });
  const figure = element("figure", { className: "photo" }, video);
  const { panel, verdict, note, table } = makePanel(figure);
  show(verdict, note, "Looking", "");
  view.replaceChildren(panel);
  await guarded(stream, view, () => video.play());

  const canvas = element("canvas");
  const speak = announcer(say);
  let sentAt = 0;
  let timer = null;

  function send() {
    const scale = Math.min(1, SIDE / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(scale * video.videoWidth);
    canvas.height = Math.round(scale * video.videoHeight);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    sentAt = performance.now();
    canvas.toBlob((blob) => socket.send(blob), "image/jpeg", 0.85);
  }

  function onResult({ item }) {
    if (item.error) {
      const reason = item.error.code === "no_face" ? "No face in sight." : item.error.detail;
      figure.querySelectorAll(".box").forEach((box) => box.remove());
      show(verdict, note, "No result", reason);
      speak(reason);
    } else {
      boxes(figure, item);
      const several = item.faces.length > 1;
      show(verdict, note, several ? `${item.faces.length} faces` : describeFaces(item), several ? describeFaces(item) : item.warning);
      bars(item.probabilities, several ? "Probabilities of face 1" : "Probabilities", table);
      speak(item.faces.map(({ label }) => label).join(", "));
    }
    timer = setTimeout(send, Math.max(0, PAUSE - (performance.now() - sentAt)));
  }

  const stop = (problem = null) => {
    clearTimeout(timer);
    end(socket, stream, view, problem);
    onEnd(problem);
  };
  const socket = connect({ media: "image", faces, ...(model && { model }) }, { onReady: send, onResult, onEnd: stop });
  stream.getTracks()[0].onended = () => stop(new Problem({ detail: "The camera was switched off." }));
  return stop;
}

export async function startMicrophone(view, say, onEnd, { model }) {
  const stream = await open({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
  const context = new AudioContext();
  await guarded(stream, view, () => context.audioWorklet.addModule("recorder.js"));
  const recorder = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
  const level = element("div");
  const meter = element("div", { className: "level", "aria-hidden": "true" }, level);
  const drawn = element("div");
  const { panel, verdict, note, table } = makePanel(element("div", {}, meter, drawn));
  show(verdict, note, "Listening", `The first result comes after ${WINDOW} s of sound.`);
  view.replaceChildren(panel);

  const speak = announcer(say);
  const segments = [];

  function onReady() {
    context.createMediaStreamSource(stream).connect(recorder);
    return context.resume();
  }

  function onResult({ item, start, end: last }) {
    if (item.error) {
      show(verdict, note, "No result", item.error.detail);
      return;
    }
    segments.push({ start, end: last, label: item.label, probabilities: item.probabilities });
    if (segments.length > SHOWN) segments.shift();
    show(verdict, note, `${item.label}, ${percent(item.probabilities[item.label])}`, "");
    bars(item.probabilities, `Probabilities of the last ${WINDOW} s`, table);
    drawn.replaceChildren(timeline(segments, segments[0].start, last));
    speak(item.label);
  }

  const stop = (problem = null) => {
    recorder.port.onmessage = null;
    context.close();
    end(socket, stream, view, problem);
    onEnd(problem);
  };
  const sound = { media: "audio", sampling_rate: context.sampleRate, window: WINDOW, hop: HOP };
  const socket = connect({ ...sound, ...(model && { model }) }, { onReady, onResult, onEnd: stop });
  recorder.port.onmessage = ({ data }) => {
    level.style.width = `${Math.min(100, 100 * Math.sqrt(data.peak))}%`;
    socket.send(data.samples.buffer);
  };
  stream.getTracks()[0].onended = () => stop(new Problem({ detail: "The microphone was switched off." }));
  return stop;
}

function end(socket, stream, view, problem) {
  socket.close();
  stream.getTracks().forEach((track) => {
    track.onended = null;
    track.stop();
  });
  view.replaceChildren(...(problem ? [problemBox(problem)] : []));
}

// What fails after the device is on is to switch it off.
async function guarded(stream, view, work) {
  try {
    await work();
  } catch (error) {
    stream.getTracks().forEach((track) => track.stop());
    view.replaceChildren();
    throw error;
  }
}

async function open(wanted) {
  const device = wanted.video ? "camera" : "microphone";
  if (!navigator.mediaDevices) {
    throw new Problem({ detail: `The browser gives the ${device} only to pages with https, or on this machine itself. Open the page that way.` });
  }
  try {
    return await navigator.mediaDevices.getUserMedia(wanted);
  } catch (error) {
    const reasons = {
      NotAllowedError: `The ${device} was not allowed. Allow it for this page in the browser, then press the button again.`,
      NotFoundError: `No ${device} was found. Connect one, then press the button again.`,
      NotReadableError: `The ${device} is in use by another program. Close it, then press the button again.`,
    };
    throw new Problem({ detail: reasons[error.name] ?? `The ${device} cannot be used: ${error.message}.` });
  }
}

function makePanel(preview) {
  const verdict = element("p", { className: "verdict" });
  const note = element("p", { className: "note" });
  const table = element("table", { className: "bars" });
  const panel = element("div", { className: "panel split" }, preview, element("div", {}, verdict, note, table));
  return { panel, verdict, note, table };
}

function show(verdict, note, text, detail) {
  verdict.textContent = text;
  note.textContent = detail ?? "";
  note.hidden = !detail;
}

// A screen reader is told what changed, and not ten times a second.
function announcer(say) {
  let last = "";
  let at = 0;
  return (text) => {
    const now = performance.now();
    if (text === last || now - at < SAID) return;
    last = text;
    at = now;
    say(`Live: ${text}`);
  };
}
