group "default" {
  targets = ["shop", "report"]
}

target "shop" {
  dockerfile = "shop.Dockerfile"
  tags       = ["shop:1.4"]
}

target "report" {
  dockerfile = "report.Dockerfile"
  tags       = ["report:1.4"]
}
