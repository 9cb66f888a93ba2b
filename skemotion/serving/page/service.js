// What the page asks of the service. The key lives in this module and nowhere else.

let key = "";

export class Problem extends Error {
  constructor({ detail, code = "", status = 0, request_id = null }) {
    super(detail);
    this.code = code;
    this.status = status;
    this.requestId = request_id;
  }
}

export function setKey(value) {
  key = value.trim();
}

export async function getModels() {
  return ask("v1/model");
}

export async function predict(file, options) {
  const query = new URLSearchParams(Object.entries(options).filter(([, value]) => value));
  const answer = await ask(`v1/predict?${query}`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: file,
  });
  return answer.items[0];
}

async function ask(path, { headers = {}, ...options } = {}) {
  let response;
  try {
    response = await fetch(path, {
      ...options,
      headers: key ? { ...headers, "x-api-key": key } : headers,
      cache: "no-store",
      credentials: "omit",
    });
  } catch {
    throw new Problem({
      detail: "The service did not answer. See whether it runs and the network is there, then try again.",
    });
  }
  let content;
  try {
    content = await response.json();
  } catch {
    content = null;
  }
  if (response.ok && content) return content;
  throw new Problem(
    content?.detail
      ? content
      : { detail: `The service answered with status ${response.status}. Try again later.`, status: response.status },
  );
}

// One live connection. `onResult` gets each result, `onEnd` a Problem, unless `close` was called.
export function connect(start, { onReady, onResult, onEnd }) {
  const address = new URL("v1/live", document.baseURI);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address);
  let problem = new Problem({ detail: "The live connection broke off. Start it again." });
  socket.onopen = () => socket.send(JSON.stringify({ type: "start", ...start, ...(key && { key }) }));
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === "ready") onReady(message);
    else if (message.type === "result") onResult(message);
    else if (message.type === "error") problem = new Problem(message.error);
  };
  socket.onclose = () => onEnd(problem);
  return {
    send: (data) => socket.readyState === WebSocket.OPEN && socket.send(data),
    close: () => {
      socket.onclose = socket.onmessage = null;
      socket.close();
    },
  };
}
