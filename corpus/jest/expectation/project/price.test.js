const { withVat } = require("./price");

test("adds 19 % of tax", () => {
  expect(withVat(100)).toBe(119);
});
