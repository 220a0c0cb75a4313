module.exports = [{ files: ["*.js"], languageOptions: { sourceType: "commonjs" }, rules: { "no-undef": "error", "no-unused-vars": "error" } }];
