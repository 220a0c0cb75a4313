module example.com/depot

go 1.22

toolchain 1.22
