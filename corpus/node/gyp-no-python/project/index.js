require("./build/Release/hash.node");
