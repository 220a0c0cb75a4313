module example.com/mailer

go 1.18

require example.com/greet v1.4
