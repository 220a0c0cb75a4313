group "default" {
  targets = ["api", "worker"]
}

target "api" {
  target = "api"
  tags   = ["example.org/shop/api:1.2"]
  output = ["type=image"]
}

target "worker" {
  target = "worker"
  tags   = ["example.org/shop/worker:1.2"]
  output = ["type=image"]
}
