group "default" {
  targets = ["reader", "writer"]
}

target "reader" {
  target = "reader"
  tags   = ["reader:2.0"]
}

target "writer" {
  target = "writer"
  tags   = ["writer:2.0"]
}
