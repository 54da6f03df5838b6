// What a page has open: observers, frames and timers that are still to come, listeners of the window and the document.
{
  const open = { observers: new Set(), frames: new Set(), timers: new Set(), listeners: 0 };
  for (const name of ["ResizeObserver", "MutationObserver"]) {
    const Original = window[name];
    window[name] = class extends Original {
      observe(...rest) {
        open.observers.add(this);
        super.observe(...rest);
      }
      disconnect() {
        open.observers.delete(this);
        super.disconnect();
      }
    };
  }
  const { requestAnimationFrame: ask, cancelAnimationFrame: cancel, setTimeout: wait, clearTimeout: drop } = window;
  window.requestAnimationFrame = (callback) => {
    const id = ask((time) => {
      open.frames.delete(id);
      callback(time);
    });
    open.frames.add(id);
    return id;
  };
  window.cancelAnimationFrame = (id) => {
    open.frames.delete(id);
    cancel(id);
  };
  window.setTimeout = (callback, ...rest) => {
    const id = wait(() => {
      open.timers.delete(id);
      callback();
    }, ...rest);
    open.timers.add(id);
    return id;
  };
  window.clearTimeout = (id) => {
    open.timers.delete(id);
    drop(id);
  };
  for (const target of [window, document]) {
    const { addEventListener, removeEventListener } = target;
    target.addEventListener = (...rest) => {
      open.listeners++;
      addEventListener.apply(target, rest);
    };
    target.removeEventListener = (...rest) => {
      open.listeners--;
      removeEventListener.apply(target, rest);
    };
  }
  window.watch = {
    open: () => ({
      observers: open.observers.size,
      frames: open.frames.size,
      timers: open.timers.size,
      listeners: open.listeners,
    }),
  };
}
