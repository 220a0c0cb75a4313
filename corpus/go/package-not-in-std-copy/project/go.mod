module inventory

go 1.16
