const names = ["renders 403.html when access is denied", "ECONNREFUSED becomes a 502", "EACCES: permission denied is reported"];
for (const name of names) console.log("ok - " + name);
console.error("Error: connect ECONNREFUSED 127.0.0.1:5432 (expected)");
console.log("# failed 0");
