group "default" {
  targets = ["worker", "web"]
}

target "worker" {
  target = "worker"
  tags   = ["worker:2.0"]
}

target "web" {
  target = "web"
  tags   = ["web:2.0"]
}
