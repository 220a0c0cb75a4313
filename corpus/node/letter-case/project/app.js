const users = require("./routes/Users");

console.log(users.list());
