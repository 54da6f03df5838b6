// The session's widget: no view of its own; its exports are the store that the views reach with `host.getWidget`.
import type { InitializeProps } from "@anywidget/types";
import { exactly, runChain } from "../lib/sampling";
import { createStore } from "./store";

export default {
  initialize({ model, signal }: InitializeProps) {
    return createStore(model, signal, { runChain, exactly });
  },
};
