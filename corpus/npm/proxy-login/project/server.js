const http = require("node:http");
const greet = require("greet");

http.createServer((request, response) => response.end(greet("guest"))).listen(8080);
