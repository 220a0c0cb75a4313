module example.com/mailer

go 1.16

require (
	example.com/greet v1.2.0
	example.com/hail v1.0.0
)

replace example.com/hail => example.com/greet v1.2.0
