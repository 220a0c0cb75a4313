group "default" {
  targets = ["orders", "stock"]
}
target "orders" {
  dockerfile = "Dockerfile"
  network    = "host"
  context    = "orders"
}
target "stock" {
  dockerfile = "Dockerfile"
  network    = "host"
  context    = "stock"
}
