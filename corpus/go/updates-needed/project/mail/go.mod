module example.com/notify/mail

go 1.20

require example.com/greet v1.2.0
