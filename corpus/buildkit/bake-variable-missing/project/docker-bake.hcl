group "default" {
  targets = ["api"]
}

target "api" {
  dockerfile = "Dockerfile"
  args       = { ROLE = "api", RELEASE = RELEASE }
}
