console.log(require("greet")("timeout-abort-controller"));
