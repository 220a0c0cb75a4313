import { readFile } from "node:fs/promises";

async function render() {
  const layout = await readFile("layouts/main.html", "utf8");
  console.log(layout.length);
}

render();
