target "server" {
  target  = "server"
  network = "host"
}

target "tools" {
  target  = "tools"
  network = "host"
}
