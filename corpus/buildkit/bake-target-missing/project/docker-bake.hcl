group "default" {
  targets = ["api", "worker"]
}

target "api" {
  dockerfile = "Dockerfile"
  args       = { ROLE = "api" }
}
