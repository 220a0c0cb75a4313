group "default" {
  targets = ["api", "migrate"]
}

target "api" {
  target = "api"
  tags   = ["api:2.0"]
}

target "migrate" {
  target = "migrate"
  tags   = ["migrate:2.0"]
}
