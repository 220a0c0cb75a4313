module example.com/mailer

go 1.20

require example.com/greet
