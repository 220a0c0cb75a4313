package customer

import "example.com/shop/order"

type Customer struct {
	Prefers order.Kind
}
