package netlink

const Name = "linux"
