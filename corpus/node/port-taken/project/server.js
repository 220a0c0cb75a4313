const http = require("http");
const server = http.createServer((request, response) => response.end("orders"));
server.listen(18080, "127.0.0.1", () => {
  if (process.argv.includes("--once")) server.close();
  else setTimeout(() => server.close(), 8000);
});
