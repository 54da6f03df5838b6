// A notebook's page as Colab's is: it alone speaks with the kernel. Each output is a frame of another origin with a widget manager of
// its own, which asks this page for a model's state. The states are what comms said as JSON: no buffer comes with them.
const settings = JSON.parse(document.body.dataset.kernel);
const session = crypto.randomUUID();
const models = new Map();
const waiting = new Map();
const ports = new Set();
const requests = new Map();
const cells = JSON.parse(sessionStorage.getItem("cells") ?? "{}");

const socket = new WebSocket(
  `ws://${location.host}/api/kernels/${settings.id}/channels?session_id=${session}&token=${settings.token}`,
);
socket.binaryType = "arraybuffer";
socket.onmessage = ({ data }) => receive(...(typeof data === "string" ? [JSON.parse(data), []] : decoded(data)));

/** The server's own format of a message with buffers: their number, where each part begins, the JSON, the buffers. */
function decoded(data) {
  const view = new DataView(data);
  const starts = Array.from({ length: view.getUint32(0) }, (_, part) => view.getUint32(4 * (part + 1)));
  const parts = starts.map((start, part) => data.slice(start, starts[part + 1]));
  return [JSON.parse(new TextDecoder().decode(parts[0])), parts.slice(1)];
}

function send(type, content, buffers = []) {
  if (buffers.length > 0) throw new Error("no view sends buffers");
  const header = { msg_id: crypto.randomUUID(), msg_type: type, session, username: "", version: "5.3", date: new Date().toISOString() };
  socket.send(JSON.stringify({ channel: "shell", header, parent_header: {}, metadata: {}, content, buffers }));
  return header.msg_id;
}

/** Sends a request; its reply and all outputs, once the kernel has dealt with it. */
function request(type, content) {
  const id = send(type, content);
  return new Promise((resolve) => requests.set(id, { outputs: [], reply: null, idle: false, resolve }));
}

function receive({ header, parent_header: parent, content, channel }, buffers) {
  const asked = requests.get(parent.msg_id);
  if (header.msg_type === "comm_open") know(content.comm_id, content.data.state);
  if (header.msg_type === "comm_msg") {
    if (content.data.method === "update") know(content.comm_id, content.data.state);
    for (const port of ports) port.postMessage({ comm: content.comm_id, data: content.data, buffers });
  }
  if (!asked) return;
  if (channel === "shell") asked.reply = content;
  else if (header.msg_type === "status") asked.idle ||= content.execution_state === "idle";
  else asked.outputs.push({ type: header.msg_type, ...content });
  if (asked.reply && asked.idle) {
    requests.delete(parent.msg_id);
    asked.resolve(asked);
  }
}

function know(id, state) {
  models.set(id, { ...models.get(id), ...state });
  waiting.get(id)?.(models.get(id));
}

function stateOf(id) {
  return models.get(id) ?? new Promise((resolve) => waiting.set(id, resolve));
}

/** A frame for a model, in the place of a cell's output. */
function show(cell, model) {
  const place = document.getElementById(cell);
  const frame = document.createElement("iframe");
  frame.src = `https://output-${crypto.randomUUID()}.test/`;
  frame.onload = () => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = async ({ data }) => {
      if (data.stateOf) port1.postMessage({ model: data.stateOf, state: await stateOf(data.stateOf) });
      else send("comm_msg", { comm_id: data.comm, data: data.data }, data.buffers);
    };
    ports.add(port1);
    frame.contentWindow.postMessage({ model }, "*", [port2]);
  };
  place.append(frame);
}

function place(cell) {
  const found = document.getElementById(cell) ?? document.createElement("section");
  found.id = cell;
  document.body.append(found);
  found.replaceChildren();
}

/** Runs a cell: its views in frames, everything else as its kind and text. */
async function run(cell, code) {
  place(cell);
  const { outputs } = await request("execute_request", { code, silent: false, store_history: true, allow_stdin: false });
  const bundles = outputs.map((output) => output.data ?? {});
  cells[cell] = bundles.map((data) => data["application/vnd.jupyter.widget-view+json"]?.model_id).filter(Boolean);
  sessionStorage.setItem("cells", JSON.stringify(cells));
  for (const model of cells[cell]) show(cell, model);
  return outputs.map(({ type, text, evalue }) => [type, text ?? evalue ?? ""]);
}

/** After a reload: the outputs as they were, their models asked of the kernel. */
async function restore() {
  const { reply } = await request("comm_info_request", { target_name: "jupyter.widget" });
  for (const id of Object.keys(reply.comms)) send("comm_msg", { comm_id: id, data: { method: "request_state" } });
  for (const [cell, shown] of Object.entries(cells)) {
    place(cell);
    for (const model of shown) show(cell, model);
  }
}

window.colab = { run };
socket.onopen = async () => {
  if (Object.keys(cells).length > 0) await restore();
  document.body.dataset.ready = "";
};
