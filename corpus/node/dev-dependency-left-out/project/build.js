const fs = require("node:fs");
const greet = require("greet");

fs.mkdirSync("dist", { recursive: true });
fs.writeFileSync("dist/index.html", greet("guest"));
