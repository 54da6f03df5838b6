// One output of colab_page.js: a widget manager of its own, which knows of a model what the page above says.
requirejs.config({ paths: { anywidget: "/anywidget" } });
const channel = new Promise((resolve) => {
  window.onmessage = ({ data, ports }) => resolve({ port: ports[0], shown: data.model });
});

// requirejs does not call an async function
const loaded = (name) => new Promise((resolve, reject) => require([name], resolve, reject));

Promise.all([channel, loaded("@jupyter-widgets/html-manager")]).then(async ([{ port, shown }, { HTMLManager }]) => {
  const comms = new Map();
  const asked = new Map();

  class Comm {
    #heard = () => undefined;
    constructor(id) {
      this.comm_id = id;
      comms.set(id, this);
    }
    on_msg(callback) {
      this.#heard = callback;
    }
    on_close() {}
    close() {}
    send(data, callbacks, _metadata, buffers = []) {
      port.postMessage({ comm: this.comm_id, data: JSON.parse(JSON.stringify(data)), buffers });
      callbacks?.iopub?.status?.({ content: { execution_state: "idle" } });
      return "";
    }
    hear(data, buffers) {
      this.#heard({ content: { comm_id: this.comm_id, data }, buffers: buffers.map((buffer) => new DataView(buffer)) });
    }
  }

  class Manager extends HTMLManager {
    #opened = new Map();
    get_model(id) {
      if (!this.#opened.has(id)) this.#opened.set(id, this.#open(id));
      return this.#opened.get(id);
    }
    async #open(id) {
      const state = await new Promise((resolve) => {
        asked.set(id, resolve);
        port.postMessage({ stateOf: id });
      });
      const kind = { model_name: state._model_name, model_module: state._model_module, model_module_version: state._model_module_version };
      return this.new_model({ ...kind, model_id: id, comm: new Comm(id) }, state);
    }
  }

  port.onmessage = ({ data }) => {
    if (data.model) asked.get(data.model)?.(data.state);
    else comms.get(data.comm)?.hear(data.data, data.buffers);
  };
  const manager = new Manager({ loader: loaded });
  const view = await manager.create_view(await manager.get_model(shown));
  await manager.display_view(view, document.body);
});
