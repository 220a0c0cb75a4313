group "default" {
  targets = ["api", "worker"]
}

target "api" {
  target = "api"
}

target "worker" {
  target = "worker"
}
