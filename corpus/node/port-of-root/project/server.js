const http = require("http");
const server = http.createServer((request, response) => response.end("orders"));
server.listen(80, "127.0.0.1", () => {
  if (process.argv.includes("--once")) server.close();
});
