const routes = require("./routes.json");
console.log(Object.keys(routes).length, "routes");
