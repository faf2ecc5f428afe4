// One line in, one line out: {tex, display} -> {html} or {error}. usage: node formulas.mjs NODE_MODULES
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { resolve } from "node:path";

const katex = createRequire(resolve(process.argv[2], "katex") + "/")("katex");
for await (const line of createInterface({ input: process.stdin })) {
  const { tex, display } = JSON.parse(line);
  let answer;
  try {
    answer = { html: katex.renderToString(tex, { displayMode: display, throwOnError: true, strict: "ignore" }) };
  } catch (error) {
    answer = { error: error.message };
  }
  console.log(JSON.stringify(answer));
}
