import fs from "node:fs";

console.log(fs.existsSync("package.json"));
