package order

import "example.com/shop/customer"

type Kind string

type Order struct {
	Buyer customer.Customer
}
