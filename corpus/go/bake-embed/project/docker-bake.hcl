group "default" {
  targets = ["site", "test"]
}
target "site" {
  target  = "site"
  network = "host"
}
target "test" {
  target  = "test"
  network = "host"
}
