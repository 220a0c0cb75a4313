const url = process.env.DATABASE_URL;
if (!url) {
  throw new Error("environment variable DATABASE_URL is not set");
}
console.log("migrating", new URL(url).pathname);
