const test = require("node:test");
const assert = require("node:assert");
const { withVat } = require("./price");

test("adds 19 % of tax", () => {
  assert.strictEqual(withVat(100), 119);
});

test("leaves zero alone", () => {
  assert.strictEqual(withVat(0), 0);
});
