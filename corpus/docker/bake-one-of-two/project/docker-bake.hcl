group "default" {
  targets = ["shop", "pages"]
}

target "shop" {
  dockerfile = "shop.Dockerfile"
  tags       = ["shop:1.4"]
}

target "pages" {
  dockerfile = "pages.Dockerfile"
  tags       = ["pages:1.4"]
}
