const settings = require("./settings.json");

console.log(settings.theme.colour.toUpperCase());
