const fs = require("node:fs");

const modules = [];
for (let n = 0; n < 400000; n++) modules.push({ id: n, code: `export const value${n} = ${n};`, uses: [n - 1, n - 2] });
fs.mkdirSync("dist", { recursive: true });
fs.writeFileSync("dist/app.js", modules.map((m) => m.code).slice(0, 10).join("\n"));
