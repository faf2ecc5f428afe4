// The page's side of the worker: started when first asked, guarded, replaced when it hangs.
// States: off, loading, ready, busy, died.
const HEARD = 10; // seconds in which a worker that is ready takes up a call; one that a text has closed never does
export function createPython({ url, limit = 10, onState }) {
  let worker, state = "off", next = 1;
  const waiting = new Map();

  const go = (name, detail = {}) => {
    state = name;
    onState(name, detail);
  };
  const end = () => {
    worker?.terminate();
    worker = null;
  };
  const fail = (answer) => {
    for (const job of waiting.values()) {
      clearTimeout(job.timer);
      job.done(answer);
    }
    waiting.clear();
  };
  const died = (why) => {
    end();
    fail({ state: "died", why });
    go("died", { why });
  };

  function start() {
    if (worker) return;
    go("loading", { stage: "core" });
    try {
      worker = new Worker(url, { type: "module" });
    } catch (error) {
      return died(error.message);
    }
    worker.onerror = (event) => died(event.message || "worker");
    worker.onmessage = ({ data }) => hear(data);
  }

  function hear(data) {
    const job = waiting.get(data.id);
    if (data.is === "stage") go("loading", { stage: data.name });
    else if (data.is === "ready") go("ready");
    else if (data.is === "died") died(data.why);
    else if (data.is === "begun") {
      go("busy");
      clearTimeout(job?.timer); // a package was loaded in between: the clock starts again
      if (job) job.timer = setTimeout(() => stop(job.limit), job.limit * 1000);
    } else if (data.is === "done") {
      clearTimeout(job?.timer);
      waiting.delete(data.id);
      if (data.fatal) end();
      go(worker ? "ready" : "off");
      job?.done({ ...data.answer, seconds: data.seconds });
    }
  }

  /** End what runs, and all that waits behind it: it is asked again with a click. The next worker starts at once. */
  function stop(seconds) {
    end();
    fail({ state: "stopped", seconds });
    start();
  }

  function call(what, message, seconds = limit) {
    start();
    return new Promise((done) => {
      if (!worker) return done({ state: "died", why: "worker" });
      const id = next++, job = { done, limit: seconds };
      const send = () => worker?.postMessage({ v: 1, id, do: what, ...message });
      if (state === "ready") {
        job.timer = setTimeout(() => {
          end();
          start();
          send();
        }, HEARD * 1000);
      }
      waiting.set(id, job);
      send();
    });
  }

  return { start, call, stop, get state() { return state; } };
}
