group "default" {
  targets = ["api", "web"]
}
target "api" {
  dockerfile = "api.Dockerfile"
  network    = "host"
}
target "web" {
  dockerfile = "web.Dockerfile"
  network    = "host"
}
